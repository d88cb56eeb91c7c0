import { type Relay, startRelay } from "../../../../server/relay/relay.ts";
import type { createFakeMembers } from "../../../relay/support/fake_members.ts";
import { NO_RATE_LIMIT } from "../../../relay/support/test_relay.ts";

/** A relay that can go away and come back. */
export interface WorldRelay {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A relay of a world; call `start`. */
export function createWorldRelay(
  { dbPath, policy, members, nowMs }: {
    dbPath: string;
    policy: "members" | "open";
    members: ReturnType<typeof createFakeMembers>;
    nowMs(): number;
  },
): WorldRelay {
  let relay: Relay | null = null;
  let port = 0;
  const world: WorldRelay = {
    get url() {
      return `ws://127.0.0.1:${port}/`;
    },
    async start() {
      relay = await startRelay({
        bind: { hostname: "127.0.0.1", port },
        dbPath,
        publicUrl: () => world.url,
        policy,
        fsync: "normal",
        retentionS: 30 * 86_400,
        adminPubkey: null,
        members,
        limiter: NO_RATE_LIMIT,
        trustedProxies: [],
        info: { name: "Test", description: "For tests", contact: null, version: "0.0.0" },
        nowMs,
        log: { debug() {}, info() {}, warn() {}, error() {} },
      });
      port = relay.port;
    },
    async stop() {
      await relay?.stop();
      relay = null;
    },
  };
  return world;
}
