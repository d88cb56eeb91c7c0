import assert from "node:assert/strict";
import {
  makeServerInvite,
  readServerInvite,
  SERVER_INVITE_BYTES,
  serverInvitePath,
} from "../../../protocol/server_invite.ts";

Deno.test("every byte of a code is in it, and it is read as it was made", () => {
  assert.equal(makeServerInvite(new Uint8Array(SERVER_INVITE_BYTES)), "0000-0000-0000-0000");
  assert.equal(
    makeServerInvite(new Uint8Array(SERVER_INVITE_BYTES).fill(255)),
    "ZZZZ-ZZZZ-ZZZZ-ZZZZ",
  );
  const made = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const code = makeServerInvite(crypto.getRandomValues(new Uint8Array(SERVER_INVITE_BYTES)));
    assert.match(code, /^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    assert.equal(readServerInvite(code), code);
    made.add(code);
  }
  assert.equal(made.size, 200);
});

Deno.test("a code is read as people write it down, and nothing else is one", () => {
  for (const text of ["k7qf-2m9x-0atb-w5hd", "K7QF2M9XOATBW5HD", " k7qf 2m9x 0atb\nw5hd "]) {
    assert.equal(readServerInvite(text), "K7QF-2M9X-0ATB-W5HD", text);
  }
  assert.equal(readServerInvite("ILil-oO00-1111-1111"), "1111-0000-1111-1111");
  const strange = [
    "",
    "K7QF",
    "K7QF-2M9X-0ATB-W5HU",
    "0123456789abcdef0123456789abcdef",
    "K7QF-2M9X-0ATB-W5HD0",
  ];
  for (const text of [...strange, "0".repeat(16) + " ".repeat(100_000)]) {
    assert.equal(readServerInvite(text), null, text.slice(0, 40));
  }
  assert.equal(serverInvitePath("K7QF-2M9X-0ATB-W5HD"), "/i#K7QF-2M9X-0ATB-W5HD");
});
