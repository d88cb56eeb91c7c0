/**
 * A relay in a process of its own, for measuring: no rate limits, every addr is registered to the nostr key of the same
 * 64 hex. Prints its port; answers each line on stdin with its resident memory in bytes; stops at the end of stdin.
 *
 *   relay_target.ts --db PATH [--policy members|open] [--fsync full|normal]
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createLog } from "../../server/log.ts";
import { RELAY_LIMITS } from "../../server/relay/limits.ts";
import { startRelay } from "../../server/relay/relay.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    db: { type: "string" },
    policy: { type: "string", default: "members" },
    fsync: { type: "string", default: "full" },
  },
});
const nowMs = () => Date.now();
const relay = await startRelay({
  bind: { hostname: "127.0.0.1", port: 0 },
  dbPath: values.db!,
  publicUrl: (port) => `ws://127.0.0.1:${port}/`,
  policy: values.policy as "members" | "open",
  fsync: values.fsync as "full" | "normal",
  retentionS: 30 * 86_400,
  adminPubkey: null,
  members: {
    isAddr: () => true,
    isReleased: () => false,
    relayElsewhere: () => null,
    nostrKeyOf: (addr) => addr,
    addrsOf: (pubkey) => [pubkey],
    isMemberKey: () => false,
    onChange: () => () => {},
  },
  limiter: {
    take: ({ capacity: limit }) => ({ allowed: true, limit, remaining: limit, retryAfterS: 0 }),
  },
  trustedProxies: [],
  info: { name: "Bench", description: "Measured", contact: null, version: "0" },
  limits: { maxSocketsPerIp: RELAY_LIMITS.maxSockets },
  nowMs,
  log: createLog({ level: "warn", format: "text", write: (line) => console.error(line), nowMs }),
});
console.log(relay.port);
for await (const _line of createInterface({ input: process.stdin })) {
  console.log(Deno.memoryUsage().rss);
}
await relay.stop();
