import assert from "node:assert/strict";
import { compareCode, identityCode, readCode } from "../../../../client/contacts/code.ts";
import {
  inviteLink,
  inviteOfPath,
  invitePath,
  inviteWord,
  isInviter,
  makeInvite,
  parseInvite,
} from "../../../../client/contacts/invite.ts";
import { primaryOf } from "../../../../protocol/identity.ts";

const server = "kez.test";
const primary = primaryOf(new Uint8Array(32).fill(7));
const other = primaryOf(new Uint8Array(32).fill(8));
const invite = makeInvite(new Uint8Array(16).fill(1), { handle: "alice", server, primary });

Deno.test("an invitation reads the same from its link, its fragment and its word", () => {
  const link = inviteLink(invite, "https://kez.test");
  assert.equal(
    link,
    `https://kez.test/i#${"01".repeat(16)}.alice.${primary.slice(8, 40)}`,
  );
  for (const text of [link, ` ${link}\n`, new URL(link).hash, inviteWord(invite)]) {
    assert.deepEqual(parseInvite(text, { server }), invite, text);
  }
});

Deno.test("an invitation is a path of the app, and no other path is one", () => {
  assert.deepEqual(inviteOfPath(invitePath(invite), { server }), invite);
  for (const path of [null, "/chats", "/i", "/i#", "/u/alice", `/u/i#${inviteWord(invite)}`]) {
    assert.equal(inviteOfPath(path, { server }), null);
  }
});

Deno.test("the server of an invitation is the link's own, and the word names it", () => {
  const foreign = { ...invite, server: "other.test:8443" };
  const link = inviteLink(foreign, "https://other.test:8443");
  assert.deepEqual(parseInvite(link, { server }), foreign);
  assert.deepEqual(parseInvite(inviteWord(foreign), { server }), foreign);
});

Deno.test("an invitation that is cut off or something else is none", () => {
  const word = inviteWord(invite);
  const wrong = [
    "",
    "alice",
    word.slice(0, -1),
    `${word}0`,
    word.replace("alice", "a"),
    word.replace("@kez.test", "@kez@test"),
    word.replace(/^[^.]+/, "a b"),
    word.replace(/^[^.]+/, "x".repeat(65)),
    "https://kez.test/i",
    "https://kez.test/u/alice#1.alice.2",
  ];
  for (const text of wrong) assert.equal(parseInvite(text, { server }), null, text);
});

Deno.test("an inviter is told by the first half of the key", () => {
  assert.ok(isInviter(primary, invite));
  assert.ok(!isInviter(other, invite));
  assert.ok(!isInviter(primary.replace("ed25519", "ed25518"), invite));
});

Deno.test("a scanned text is an identity, an invitation, a handle, or nothing of ours", () => {
  assert.deepEqual(readCode(identityCode(primary), { server }), { type: "identity", primary });
  assert.deepEqual(readCode(inviteWord(invite), { server }), { type: "invite", invite });
  const handles: [string, string][] = [
    ["alice", "alice"],
    ["@alice@kez.test", "@alice@kez.test"],
    ["https://kez.test/u/Alice", "alice@kez.test"],
    ["http://localhost:6969/u/alice/", "alice@localhost:6969"],
  ];
  for (const [text, handle] of handles) {
    assert.deepEqual(readCode(text, { server }), { type: "handle", handle }, text);
  }
  const nothing = [
    "https://example.org/",
    "kez:ed25519:00",
    `kez:${"ed25519:"}${"00".repeat(32)}`,
    "WIFI:S:home;;",
    "a".repeat(2_000),
    "",
  ];
  for (const text of nothing) assert.equal(readCode(text, { server }), null, text);
});

Deno.test("comparing a code looks at the whole key", () => {
  assert.equal(compareCode(identityCode(primary), primary), "same");
  assert.equal(compareCode(identityCode(other), primary), "other");
  for (const text of ["", "alice", primary, "kez:", identityCode(primary).slice(0, -1)]) {
    assert.equal(compareCode(text, primary), "unknown", text);
  }
});
