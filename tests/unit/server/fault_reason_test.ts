import assert from "node:assert/strict";
import { faultReason } from "../../../server/fault_reason.ts";

const LOOK_UP =
  "dns error: failed to lookup address information: Temporary failure in name resolution";
const LAYERS =
  `error sending request for url (https://chat.example.org/v1/healthz): client error (Connect): ${LOOK_UP}`;

Deno.test("what fetch and its layers say again and again is told once", () => {
  const again = "failed to lookup address information: Temporary failure in name resolution";
  assert.equal(faultReason(new TypeError(`${LAYERS}: ${again}`)), LOOK_UP);
});

Deno.test("where fetch says only that it failed, its cause is told", () => {
  const error = new TypeError("fetch failed", { cause: new Error(LAYERS) });
  assert.equal(faultReason(error), LOOK_UP);
  assert.equal(faultReason(new TypeError("fetch failed")), "fetch failed");
});

Deno.test("what is in plain words stays as it is", () => {
  assert.equal(faultReason(new Error("it does not open")), "it does not open");
  assert.equal(faultReason("it was closed"), "it was closed");
});

Deno.test("the fetch of this Deno is told in its own words", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const failure = await fetch(`http://127.0.0.1:${port}/`).catch(faultReason);
  assert.match(String(failure), /^tcp connect error: Connection refused/);
});
