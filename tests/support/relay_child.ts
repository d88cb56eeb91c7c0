/**
 * A relay in a process of its own, which a test may kill: `relay_child.ts DATABASE`. It has real rate limits and believes
 * X-Forwarded-For from loopback. Logs to stderr as JSON. Prints its port; answers each line on stdin with its resident memory in bytes.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { createLog } from "../../server/log.ts";
import { createRateLimiter } from "../../server/rate_limit.ts";
import { startRelay } from "../../server/relay/relay.ts";

const nowMs = () => Date.now();
const relay = await startRelay({
  bind: { hostname: "127.0.0.1", port: 0 },
  dbPath: Deno.args[0]!,
  publicUrl: (port) => `ws://127.0.0.1:${port}/`,
  policy: "open",
  fsync: "full",
  retentionS: 30 * 86_400,
  adminPubkey: null,
  members: {
    isAddr: () => true,
    isReleased: () => false,
    relayElsewhere: () => null,
    nostrKeyOf: (addr) => addr,
    addrsOf: (pubkey) => [pubkey],
    isMemberKey: () => true,
    onChange: () => () => {},
  },
  limiter: createRateLimiter({
    enabled: true,
    nowMs,
    store: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
  }),
  trustedProxies: ["127.0.0.0/8"],
  info: { name: "Child", description: "Of a test", contact: null, version: "0" },
  nowMs,
  log: createLog({ level: "warn", format: "json", write: (line) => console.error(line), nowMs }),
});
console.log(relay.port);
for await (const _line of createInterface({ input: process.stdin })) {
  console.log(Deno.memoryUsage().rss);
}
await relay.stop();
