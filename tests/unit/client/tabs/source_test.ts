import assert from "node:assert/strict";
import { OtherWriterError } from "../../../../client/storage/other_writer_error.ts";
import { createSource } from "../../../../client/tabs/source.ts";
import { UserError } from "../../../../client/user_error.ts";

/** Somebody who answers when the test says so. */
function createSomebody(name: string) {
  const answers: PromiseWithResolvers<string>[] = [];
  return {
    name,
    answers,
    ask() {
      const answer = Promise.withResolvers<string>();
      answers.push(answer);
      return answer.promise;
    },
  };
}

type Somebody = ReturnType<typeof createSomebody>;

/** Lets everything happen that waits for nothing. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("who asks while nobody is there is answered by the next one", async () => {
  const source = createSource<Somebody>();
  const answer = source.ask((one) => one.name);
  source.replace(createSomebody("first"));
  assert.equal(await answer, "first");
});

Deno.test("what was not answered is asked again of the next one; a late answer counts no more", async () => {
  const source = createSource<Somebody>();
  const [first, second] = [createSomebody("first"), createSomebody("second")];
  source.replace(first);
  const answer = source.ask((one) => one.ask());
  await turn();
  source.replace(null);
  await turn();
  source.replace(second);
  await turn();
  first.answers[0]!.resolve("too late");
  second.answers[0]!.resolve("in time");
  assert.equal(await answer, "in time");
});

Deno.test("a failure is told; one of somebody who is gone is not, and the next one is asked", async () => {
  const source = createSource<Somebody>();
  const [first, second] = [createSomebody("first"), createSomebody("second")];
  source.replace(first);
  const failing = source.ask((one) => one.ask());
  await turn();
  first.answers[0]!.reject(new UserError("storage_failed"));
  await assert.rejects(failing, { code: "storage_failed" });

  const answer = source.ask((one) => one.ask());
  await turn();
  first.answers[1]!.reject(new UserError("storage_failed"));
  source.replace(second);
  await turn();
  second.answers[0]!.resolve("well");
  assert.equal(await answer, "well");
});

Deno.test("who may not write any more is about to be replaced: the next one is asked", async () => {
  const source = createSource<Somebody>();
  const [first, second] = [createSomebody("first"), createSomebody("second")];
  source.replace(first);
  const answer = source.ask((one) => one.ask());
  await turn();
  first.answers[0]!.reject(new OtherWriterError());
  await turn();
  assert.equal(first.answers.length, 1);
  source.replace(second);
  await turn();
  second.answers[0]!.resolve("well");
  assert.equal(await answer, "well");
});

Deno.test("once nobody will answer any more, who waits, has asked or asks is told why, until there is somebody again", async () => {
  const source = createSource<Somebody>();
  const waiting = source.ask((one) => one.name);
  source.fail(new Error("locked"));
  await assert.rejects(waiting, /locked/);
  await assert.rejects(source.ask((one) => one.name), /locked/);
  const first = createSomebody("first");
  source.replace(first);
  const asked = source.ask((one) => one.ask());
  await turn();
  source.fail(new Error("locked again"));
  await assert.rejects(asked, /locked again/);
  source.replace(first);
  assert.equal(await source.ask((one) => one.name), "first");
});

Deno.test("somebody who is there is asked at once", () => {
  const source = createSource<Somebody>();
  const first = createSomebody("first");
  source.replace(first);
  void source.ask((one) => one.ask());
  assert.equal(first.answers.length, 1);
});

Deno.test("after a close what was asked is answered, what waits and what is asked later is told the reason", async () => {
  const source = createSource<Somebody>();
  const closed = new Error("closed");
  const somebody = createSomebody("somebody");
  source.replace(somebody);
  const asked = source.ask((one) => one.ask());
  source.close(closed);
  const late = source.ask((one) => one.name);
  await assert.rejects(late, closed);
  somebody.answers[0]!.resolve("an answer");
  assert.equal(await asked, "an answer");

  source.replace(null);
  const waiting = source.ask((one) => one.name);
  source.close(closed);
  await assert.rejects(waiting, closed);
});
