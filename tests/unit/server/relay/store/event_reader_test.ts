import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openEventReader } from "../../../../../server/relay/store/event_reader.ts";
import { openStore } from "../../../../../server/relay/store/store.ts";
import { StartFault } from "../../../../../server/start_fault.ts";
import { temporaryFolder } from "../../../../support/command.ts";
import { fakeEvent, insertAll } from "../support.ts";

const LIMITS = {
  fsync: "normal",
  maxMailboxBytes: 1e9,
  maxMemberBytes: 1e9,
  maxDeletions: 1e9,
} as const;

Deno.test("events are read page by page while another process stores and removes some", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/relay.db`;
  const store = openStore({ path, ...LIMITS });
  const events = Array.from({ length: 5 }, (_, i) => fakeEvent({ content: `${i}` }));
  insertAll(store, events.slice(0, 4));
  using reader = openEventReader(path);
  const contents = (seq: number, limit: number) =>
    reader.after(seq, limit).map(({ json }) => JSON.parse(json).content);
  assert.deepEqual(contents(0, 2), ["0", "1"]);
  insertAll(store, events.slice(4));
  store.remove([reader.seqOf(events[2]!.id)!]);
  assert.deepEqual(contents(reader.seqOf(events[1]!.id)!, 10), ["3", "4"]);
  assert.equal(reader.seqOf(events[2]!.id), null);
  store.close();
  assert.deepEqual(contents(0, 10), ["0", "1", "3", "4"]);
});

Deno.test("what is no relay's database is refused with words, and not created", async () => {
  await using folder = await temporaryFolder();
  const path = (name: string) => `${folder.path}/${name}`;
  Deno.mkdirSync(path("folder"));
  Deno.writeTextFileSync(path("text"), "no database at all, ".repeat(100));
  Deno.writeTextFileSync(path("empty"), "");
  const newer = new DatabaseSync(path("newer"));
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  const cases: Array<[string, RegExp]> = [
    ["none", /^There is no .*none: no relay has kept anything there\. .*--data\.$/],
    ["folder", /cannot be read/],
    ["text", /cannot be read .*not a database/],
    ["empty", /cannot be read .*no such table/],
    ["newer", /was written by a newer version of kez-chat \(schema 99/],
  ];
  for (const [name, words] of cases) {
    const isTold = (error: unknown) => error instanceof StartFault && words.test(error.message);
    assert.throws(() => openEventReader(path(name)), isTold, name);
  }
  assert.throws(() => Deno.statSync(path("none")), Deno.errors.NotFound);
});
