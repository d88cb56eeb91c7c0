import assert from "node:assert/strict";
import { createDeliveryLane } from "../../../../client/relays/delivery_lane.ts";
import { createFakeEnvironment } from "./fake_environment.ts";

function lane() {
  const environment = createFakeEnvironment();
  const attempts: string[] = [];
  let answer = Promise.withResolvers<boolean>();
  let begun = Promise.withResolvers<void>();
  const lane = createDeliveryLane<string>({
    environment,
    attempt(item) {
      attempts.push(item);
      begun.resolve();
      return answer.promise;
    },
  });
  return {
    environment,
    lane,
    attempts,
    /** Answers the attempt that is under way, once there is one. */
    async settle(isThrough: boolean) {
      await begun.promise;
      begun = Promise.withResolvers();
      const settled = answer;
      answer = Promise.withResolvers();
      settled.resolve(isThrough);
      await settled.promise;
      await Promise.resolve();
    },
  };
}

Deno.test("items leave in their order, one at a time", async () => {
  const { lane: one, attempts, settle } = lane();
  for (const item of ["a", "b", "c"]) one.add(item);
  assert.deepEqual(attempts, ["a"]);
  await settle(true);
  assert.deepEqual(attempts, ["a", "b"]);
  await settle(true);
  await settle(true);
  assert.deepEqual(attempts, ["a", "b", "c"]);
  assert.ok(!one.has("c"));
});

Deno.test("the first holds up the second, with growing waits; a kick tries at once", async () => {
  const { lane: one, environment, attempts, settle } = lane();
  one.add("a");
  one.add("b");
  await settle(false);
  one.add("c");
  assert.deepEqual(environment.waits(), [1_000]);
  environment.pass(1_000);
  await settle(false);
  assert.deepEqual(environment.waits(), [1_500]);
  one.kick();
  await settle(false);
  assert.deepEqual(environment.waits(), [1_000]);
  assert.deepEqual(attempts, ["a", "a", "a"]);
  one.stop();
  assert.deepEqual(environment.waits(), []);
});

Deno.test("a kick during an attempt that fails is not lost", async () => {
  const { lane: one, environment, attempts, settle } = lane();
  one.add("a");
  one.kick();
  await settle(false);
  assert.deepEqual(attempts, ["a", "a"]);
  assert.deepEqual(environment.waits(), []);
  await settle(true);
  assert.ok(!one.has("a"));
});

Deno.test("without a network nothing is waited for", async () => {
  const { lane: one, environment, attempts, settle } = lane();
  one.add("a");
  environment.setOnline(false);
  await settle(false);
  assert.deepEqual(environment.waits(), []);
  environment.setOnline(true);
  one.kick();
  await settle(true);
  assert.deepEqual(attempts, ["a", "a"]);
});

Deno.test("what is taken out is not tried any more", async () => {
  const { lane: one, attempts, settle } = lane();
  one.add("a");
  one.add("b");
  one.add("c");
  one.remove("b");
  await settle(true);
  await settle(true);
  assert.deepEqual(attempts, ["a", "c"]);
});
