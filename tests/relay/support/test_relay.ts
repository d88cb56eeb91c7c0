import { join } from "node:path";
import type { ClientOptions } from "ws";
import { createLog } from "../../../server/log.ts";
import type { RateLimiter } from "../../../server/rate_limit.ts";
import { type Relay, type RelayDeps, startRelay } from "../../../server/relay/relay.ts";
import { connectClient, type TestClient } from "./test_client.ts";
import { createFakeMembers, type FakeMembers } from "./fake_members.ts";
import { newPerson, type Person } from "./events.ts";

/** A relay of a test, on a free port of loopback and in a folder of its own. */
export interface TestRelay
  extends AsyncDisposable, Pick<Relay, "removeMail" | "isWritable" | "stop"> {
  url: string;
  httpUrl: string;
  dbPath: string;
  members: FakeMembers;
  /** What it logged, one JSON object a line. */
  logLines: string[];
  connect(options?: ClientOptions): Promise<TestClient>;
  /** Somebody who is registered. */
  member(): Person;
}

/** Allows everything. */
export const NO_RATE_LIMIT: RateLimiter = {
  take: ({ capacity }) => ({ allowed: true, limit: capacity, remaining: capacity, retryAfterS: 0 }),
};

/**
 * Starts a relay; `changes` are what a test is about. A `dbPath` of another test relay opens its events again, and
 * `members` are those that it has from the start.
 */
export async function startTestRelay(
  changes: Partial<Omit<RelayDeps, "members">> & { members?: FakeMembers } = {},
): Promise<TestRelay> {
  const folder = await Deno.makeTempDir({ prefix: "relay-test-" });
  const members = changes.members ?? createFakeMembers();
  const logLines: string[] = [];
  const dbPath = changes.dbPath ?? join(folder, "relay.db");
  const relay = await startRelay({
    bind: { hostname: "127.0.0.1", port: 0 },
    dbPath,
    publicUrl: (port) => `ws://127.0.0.1:${port}/`,
    policy: "open",
    fsync: "normal",
    retentionS: 30 * 86_400,
    adminPubkey: null,
    members,
    limiter: NO_RATE_LIMIT,
    trustedProxies: [],
    info: { name: "Test relay", description: "For tests", contact: null, version: "0.0.0" },
    nowMs: () => Date.now(),
    log: createLog({
      level: "debug",
      format: "json",
      write: (line) => void logLines.push(line),
      nowMs: () => Date.now(),
    }),
    ...changes,
  });
  const url = `ws://127.0.0.1:${relay.port}/`;
  return {
    url,
    httpUrl: `http://127.0.0.1:${relay.port}/`,
    dbPath,
    members,
    logLines,
    connect: (options) => connectClient(url, options),
    member() {
      const person = newPerson();
      members.register(person.addr, person.pubkey);
      return person;
    },
    removeMail: relay.removeMail,
    isWritable: relay.isWritable,
    stop: () => relay.stop(),
    async [Symbol.asyncDispose]() {
      await relay.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
