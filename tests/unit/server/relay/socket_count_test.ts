import assert from "node:assert/strict";
import { createSocketCount } from "../../../../server/relay/socket_count.ts";

Deno.test("sockets are held to a share for each client and to a total", () => {
  const count = createSocketCount({ maxSockets: 3, maxSocketsPerIp: 2 });
  const leave = count.enter("a");
  assert.ok(leave);
  assert.ok(count.enter("a"));
  assert.equal(count.enter("a"), null);
  assert.ok(count.enter("b"));
  assert.equal(count.enter("b"), null);
  assert.equal(count.enter("c"), null);
  leave();
  leave();
  assert.ok(count.enter("c"), "leaving twice frees one place");
  assert.equal(count.enter("d"), null);
});
