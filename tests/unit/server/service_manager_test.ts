import assert from "node:assert/strict";
import { readServiceManager } from "../../../server/service_manager.ts";

const read = (variables: Record<string, string>) => readServiceManager((name) => variables[name]);

Deno.test("the environment names whom to tell, and how long it waits", () => {
  const NOTIFY_SOCKET = "/run/systemd/notify";
  assert.deepEqual(read({ NOTIFY_SOCKET, WATCHDOG_USEC: "60000000" }), {
    socketPath: NOTIFY_SOCKET,
    watchdogMs: 60_000,
  });
  for (const WATCHDOG_USEC of ["", "0", "-1", "soon"]) {
    assert.equal(read({ NOTIFY_SOCKET, WATCHDOG_USEC })!.watchdogMs, null);
  }
});

Deno.test("without a socket that has a path nobody is told", () => {
  assert.equal(read({}), null);
  assert.equal(read({ NOTIFY_SOCKET: "" }), null);
  assert.equal(read({ NOTIFY_SOCKET: "@/org/freedesktop/systemd1/notify" }), null);
});
