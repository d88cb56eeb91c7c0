import assert from "node:assert/strict";
import type { TestClient } from "./test_client.ts";
import { makeEvent, randomHex } from "./events.ts";
import { randomBytes } from "../../support/random_bytes.ts";

/** Two people who talk over a relay, whatever others send to it. */
export interface People extends AsyncDisposable {
  /** @throws AssertionError where anything that they say is lost, refused or doubled */
  talk(): Promise<void>;
}

/** @param connect connects one of them */
export async function meet(connect: () => Promise<TestClient>): Promise<People> {
  const [writer, reader] = [await connect(), await connect()];
  const topic = randomHex();
  const secret = randomBytes(32);
  await reader.subscribe("talk", { "#t": [topic] });
  let said = 0;
  return {
    async talk() {
      const event = makeEvent({ tags: [["t", topic]], content: `${said++}` }, secret);
      assert.deepEqual(await writer.publish(event), [true, ""]);
      assert.deepEqual(await reader.live("talk"), event);
      assert.deepEqual(reader.unread(), []);
    },
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]();
      await reader[Symbol.asyncDispose]();
    },
  };
}
