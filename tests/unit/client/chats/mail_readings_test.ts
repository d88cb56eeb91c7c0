import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { createMailReadings } from "../../../../client/chats/relays/mail_readings.ts";
import type { Ledger } from "../../../../client/chats/ledger.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { makeMail, randomHex } from "../../../relay/support/events.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

async function readingWith({ isClosed, conversations }: {
  isClosed: boolean;
  conversations: () => [];
}) {
  const database = await openDatabase(crypto.randomUUID());
  if (isClosed) database.close();
  const received: string[] = [];
  const faults: unknown[] = [];
  const reading = createMailReadings({
    ledger: { conversations } as unknown as Ledger,
    account: { addr: randomHex() },
    database,
    sealer: await createSealer(randomBytes(32)),
    environment: { nowMs: () => 0 } as never,
    isRestored: false,
    receive: (event) => Promise.resolve(void received.push(event.id)),
    onFault: (error) => faults.push(error),
  })("wss://kez.test/");
  const event = makeMail(randomHex());
  await reading.onEvent(event);
  assert.deepEqual(received, [event.id]);
  database.close();
  return faults;
}

Deno.test("a disk that fails while room is made is no fault, and mail goes on", async () => {
  assert.deepEqual(await readingWith({ isClosed: true, conversations: () => [] }), []);
});

Deno.test("what else goes wrong while room is made is told, and mail goes on", async () => {
  const fault = new TypeError("a bug");
  const conversations = () => {
    throw fault;
  };
  assert.deepEqual(await readingWith({ isClosed: false, conversations }), [fault]);
});
