import assert from "node:assert/strict";
import { openListener } from "../../../server/open_listener.ts";
import { StartFault } from "../../../server/start_fault.ts";

const ENDPOINT = { hostname: "chat.example.org", port: 6969 };

Deno.test("an address that cannot be listened at is told in words, with the setting that names another", async () => {
  const cases: [Error, RegExp][] = [
    [new Deno.errors.AddrInUse("x"), /at chat\.example\.org:6969: another program listens there\./],
    [new Deno.errors.PermissionDenied("x"), /does not allow this port to this user/],
    [new Deno.errors.AddrNotAvailable("x"), /this machine does not have this address/],
    [new Error("failed to lookup address information: x"), /this host name is unknown/],
    [Object.assign(new Error("x"), { code: "EADDRINUSE" }), /another program listens there/],
  ];
  for (const [cause, words] of cases) {
    const opening = openListener("--bind", {
      endpoint: ENDPOINT,
      open: () => Promise.reject(cause),
    });
    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof StartFault);
      assert.match(error.message, words);
      assert.match(error.message, /choose another address with --bind\.$/);
      return true;
    });
  }
});

Deno.test("what nobody can put right by another address stays as it is", async () => {
  const cause = new TypeError("a fault in the program");
  const open = () => Promise.reject(cause);
  await assert.rejects(openListener("--metrics", { endpoint: ENDPOINT, open }), cause);
});
