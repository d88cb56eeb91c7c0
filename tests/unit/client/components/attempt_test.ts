import assert from "node:assert/strict";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { ROOT } from "../../../../scripts/build_client.ts";
import { sveltePlugin } from "../../../../scripts/client_build/svelte_plugin.ts";

type Modules =
  & typeof import("../../../../client/components/attempt.svelte.ts")
  & typeof import("../../../../client/user_error.ts");

/** Runes have to be compiled; the errors come from the same bundle, so that they are known there. */
async function load(): Promise<Modules> {
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: `export * from "./components/attempt.svelte.ts"; export * from "./user_error.ts";`,
      resolveDir: join(ROOT, "client"),
    },
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["svelte", "browser", "production"],
    plugins: [sveltePlugin({ rewrite: (source) => source, development: false })],
  });
  await esbuild.stop();
  return await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`);
}

const { Attempt, UserError } = await load();

Deno.test("an attempt goes on until it is done", async () => {
  const attempt = new Attempt();
  const step = Promise.withResolvers<void>();
  const done = attempt.run(() => step.promise);
  assert.equal(attempt.isBusy, true);
  step.resolve();
  assert.equal(await done, true);
  assert.equal(attempt.isBusy, false);
  assert.equal(attempt.problem, null);
});

Deno.test("an attempt that fails is told in words, until the next one", async () => {
  const attempt = new Attempt();
  assert.equal(await attempt.run(() => Promise.reject(new UserError("no_network"))), false);
  assert.equal(attempt.isBusy, false);
  assert.match(attempt.problem!, /\w/);
  const step = Promise.withResolvers<void>();
  const done = attempt.run(() => step.promise);
  assert.equal(attempt.problem, null);
  step.resolve();
  await done;
});

Deno.test("what fails at once is told likewise", async () => {
  const attempt = new Attempt();
  const failed = await attempt.run(() => {
    throw new UserError("no_network");
  });
  assert.equal(failed, false);
  assert.equal(attempt.isBusy, false);
  assert.notEqual(attempt.problem, null);
});

Deno.test("while one goes on, another is not begun", async () => {
  const attempt = new Attempt();
  const first = Promise.withResolvers<void>();
  const done = attempt.run(() => first.promise);
  assert.equal(await attempt.run(() => assert.fail("it was begun")), false);
  assert.equal(attempt.isBusy, true);
  assert.equal(attempt.problem, null);
  first.resolve();
  assert.equal(await done, true);
});
