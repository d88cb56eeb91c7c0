import assert from "node:assert/strict";
import { join } from "node:path";
import { runKezChat, temporaryFolder } from "../support/command.ts";

Deno.test("nats-issuer makes a seed for its owner alone, once, and prints public keys for nats.conf", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "nats.seed");
  const args = ["nats-issuer", "--nats-issuer-seed-file", path];
  const first = await runKezChat(args);
  assert.deepEqual([first.code, first.stderr], [
    0,
    `The secret seed is in ${path}. Nobody but kez-chat may read it.\n`,
  ]);
  assert.match(first.stdout, /^#.*\nKEZ_CHAT_ISSUER: A\w{55}\nKEZ_CHAT_LOGIN: U\w{55}\n$/);
  const seed = await Deno.readTextFile(path);
  assert.match(seed, /^SA\w{56}\n$/);
  assert.ok(!first.stdout.includes(seed.trim()));
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);

  const again = await runKezChat(args);
  assert.deepEqual(again, { code: 0, stdout: first.stdout, stderr: "" });
  assert.equal(await Deno.readTextFile(path), seed);
});

Deno.test("nats-issuer says what is missing, or in the way", async () => {
  await using folder = await temporaryFolder();
  const other = join(folder.path, "other");
  await Deno.writeTextFile(other, "a secret of somebody else\n");
  const cases: Array<[string[], RegExp]> = [
    [[], /^kez-chat: name the file for the seed with --nats-issuer-seed-file\n$/],
    [["--nats-issuer-seed-file", other], /holds no seed of a NATS account/],
    [["--nats-issuer-seed-file", join(folder.path, "no/where")], /cannot be written: /],
  ];
  for (const [flags, words] of cases) {
    const { code, stdout, stderr } = await runKezChat(["nats-issuer", ...flags]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, words);
    assert.ok(!stderr.includes("secret of somebody"));
  }
  assert.equal(await Deno.readTextFile(other), "a secret of somebody else\n");
});
