import assert from "node:assert/strict";
import { isHandle, isReservedHandle, isServerName } from "../../../protocol/handle.ts";

Deno.test("a handle is 3 to 32 of a-z 0-9 _ - and begins with a letter or digit", () => {
  for (const handle of ["abc", "0-_", "a".repeat(32), "007", "a--", "alice_bob-3"]) {
    assert.ok(isHandle(handle), handle);
  }
  const refused = [
    "",
    "ab",
    "a".repeat(33),
    "-abc",
    "_abc",
    "Alice",
    "al ice",
    "alice ",
    "alice\n",
    "al.ice",
    "älice",
    "аlice",
    "alice@kez.lat",
    "ali\0ce",
    "👩‍👩‍👧",
    "__proto__",
  ];
  for (const text of refused) assert.equal(isHandle(text), false, JSON.stringify(text));
});

Deno.test("exactly the names of the specification are reserved", () => {
  const names =
    "admin administrator root system support help security abuse postmaster hostmaster " +
    "webmaster info contact api www mail relay nostr kez kezchat server status about terms privacy " +
    "null undefined me self everyone here";
  const reserved = names.split(" ");
  for (const name of reserved) assert.ok(isReservedHandle(name), name);
  for (const name of ["alice", "admin1", "kez-chat", "toString", "constructor", ""]) {
    assert.equal(isReservedHandle(name), false, name);
  }
});

Deno.test("a server's name is a host with an optional port", () => {
  for (
    const name of [
      "kez.lat",
      "localhost:6969",
      "a-b.example.org",
      "127.0.0.1:80",
      "[::1]:6969",
      "x",
    ]
  ) {
    assert.ok(isServerName(name), name);
  }
  const refused = [
    "",
    "Kez.lat",
    "https://kez.lat",
    "kez.lat/",
    "kez.lat:",
    "kez.lat:99999",
    "user@kez.lat",
    ".lat",
    "-kez.lat",
    "kez lat",
    "kéz.lat",
    "::1",
    "0300.0250.0.1",
    "0xc0.0xa8.0.1",
    "3232235521",
    "192.168.1",
    "[0:0::1]",
    `${"a".repeat(260)}.lat`,
  ];
  for (const name of refused) assert.equal(isServerName(name), false, name);
});
