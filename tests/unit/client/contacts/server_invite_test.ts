import assert from "node:assert/strict";
import { readGivenCode, serverCodeOfPath } from "../../../../client/contacts/server_invite.ts";

const server = "kez.lat";
const CODE = "K7QF-2M9X-0ATB-W5HD";
const HALF = "ab".repeat(16);
const ALICE = { handle: "alice", server, fingerprint: HALF };

Deno.test("a server's code is read however it is written, and out of its link", () => {
  for (
    const text of [
      CODE,
      " k7qf 2m9x oatb w5hd ",
      `https://kez.lat/i#${CODE}`,
      `http://localhost:6969/i/#${CODE.toLowerCase()}`,
    ]
  ) {
    assert.deepEqual(readGivenCode(text, { server }), { code: CODE, invite: null }, text);
  }
  // Another server may make its codes as it likes.
  assert.deepEqual(readGivenCode(" welcome-2026 ", { server }), {
    code: "welcome-2026",
    invite: null,
  });
  assert.deepEqual(readGivenCode("  ", { server }), { code: "", invite: null });
});

Deno.test("an invitation to a chat counts as a code where its code is one of a server's", () => {
  const of = (code: string) => ({ ...ALICE, code });
  assert.deepEqual(readGivenCode(`https://kez.lat/i#${CODE}.alice.${HALF}`, { server }), {
    code: CODE,
    invite: of(CODE),
  });
  const drawn = "0f".repeat(16);
  for (
    const text of [`https://kez.lat/i#${drawn}.alice.${HALF}`, `${drawn}.alice@kez.lat.${HALF}`]
  ) {
    assert.deepEqual(readGivenCode(text, { server }), { code: "", invite: of(drawn) }, text);
  }
});

Deno.test("a path carries a server's code or none", () => {
  const drawn = "0f".repeat(16);
  const cases: Array<[string | null, string | null]> = [
    [`/i#${CODE}`, CODE],
    [`/i#${CODE}.alice.${HALF}`, CODE],
    [`/i#${drawn}.alice.${HALF}`, null],
    [`/i#${drawn}`, null],
    ["/i#", null],
    ["/u/alice", null],
    [null, null],
  ];
  for (const [path, code] of cases) {
    assert.equal(serverCodeOfPath(path, { server }), code, String(path));
  }
});
