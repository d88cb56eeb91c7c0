import assert from "node:assert/strict";
import {
  detailsPath,
  parseRoute,
  redirect,
  type Route,
  threadPath,
} from "../../../client/routes.ts";
import type { SessionPhase } from "../../../client/session/session.ts";

function thread(peer: string | null) {
  return { name: "chats" as const, peer, hasDetails: false };
}

const CASES: [string, Route][] = [
  ["/", { name: "start" }],
  ["/create", { name: "create" }],
  ["/create/", { name: "create" }],
  ["/restore", { name: "restore" }],
  ["/settings", { name: "settings" }],
  ["/dashboard", { name: "dashboard" }],
  ["/identity", { name: "identity" }],
  ["/claims", { name: "claims" }],
  ["/claims/add", { name: "add_claim" }],
  ["/claims/other", { name: "unknown" }],
  ["/chats", thread(null)],
  ["/chats/", thread(null)],
  ["/chats/alice", thread("alice")],
  ["/chats/Alice", thread("alice")],
  ["/chats/bob@localhost:7001", thread("bob@localhost:7001")],
  ["/chats/bob%40localhost%3A7001", thread("bob@localhost:7001")],
  ["/chats/ed25519:00ff", thread("ed25519:00ff")],
  ["/chats/alice/details", { ...thread("alice"), hasDetails: true }],
  ["/chats/alice/details/", { ...thread("alice"), hasDetails: true }],
  ["/chats/alice/details/more", { name: "unknown" }],
  ["/u/alice/details", { name: "unknown" }],
  ["/i", { name: "invite", fragment: "" }],
  ["/i/more", { name: "unknown" }],
  ["/chats/alice/more", { name: "unknown" }],
  ["/chats/%E0%A4%A", { name: "unknown" }],
  ["/u/alice", { name: "profile", handle: "alice" }],
  ["/u", { name: "unknown" }],
  ["/u/", { name: "unknown" }],
  ["/constructor", { name: "unknown" }],
  ["//", { name: "start" }],
  ["/somewhere", { name: "unknown" }],
];

for (const [path, route] of CASES) {
  Deno.test(`the path ${path} leads to ${JSON.stringify(route)}`, () => {
    assert.deepEqual(parseRoute(path), route);
  });
}

Deno.test("a thread's path leads back to its peer, and keeps @ and : readable", () => {
  const peers = ["alice", "bob@kez.lat", "bob@[::1]:7001", "ed25519:00ff", "a/b?c#d", "ålesund"];
  for (const peer of peers) {
    const path = (text: string) => new URL(text, "http://x").pathname;
    assert.deepEqual(parseRoute(path(threadPath(peer))), thread(peer));
    assert.deepEqual(parseRoute(path(detailsPath(peer))), { ...thread(peer), hasDetails: true });
  }
  assert.equal(threadPath("bob@localhost:7001"), "/chats/bob@localhost:7001");
});

Deno.test("an invitation is in the fragment, which no server sees", () => {
  const { pathname, hash } = new URL("https://kez.test/i#code.alice.00ff");
  assert.deepEqual(parseRoute(pathname, hash), { name: "invite", fragment: "code.alice.00ff" });
});

Deno.test("a page gives way where the session has no use for it", () => {
  const cases: [string, SessionPhase, string | null][] = [
    ["/", "none", null],
    ["/create", "none", null],
    ["/chats", "none", "/"],
    ["/chats/alice", "none", "/"],
    ["/settings", "none", "/"],
    ["/dashboard", "none", "/"],
    ["/identity", "none", "/"],
    ["/claims/add", "none", "/"],
    ["/claims", "unlocked", null],
    ["/u/alice", "none", null],
    ["/nowhere", "none", null],
    ["/", "unlocked", "/chats"],
    ["/create", "unlocked", "/chats"],
    ["/restore", "unlocked", "/chats"],
    ["/chats/alice", "unlocked", null],
    ["/chats/alice", "locked", null],
    ["/", "starting", null],
    ["/chats", "starting", null],
    ["/chats", "elsewhere", null],
    ["/chats", "erased", null],
  ];
  for (const [path, phase, target] of cases) {
    assert.equal(redirect(parseRoute(path), phase), target, `${path} while ${phase}`);
  }
});
