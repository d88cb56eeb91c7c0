import assert from "node:assert/strict";
import { parseRoute, redirect, type Route, threadPath } from "../../../client/routes.ts";
import type { SessionPhase } from "../../../client/session/session.ts";

const CASES: [string, Route][] = [
  ["/", { name: "start" }],
  ["/create", { name: "create" }],
  ["/create/", { name: "create" }],
  ["/restore", { name: "restore" }],
  ["/settings", { name: "settings" }],
  ["/chats", { name: "chats", peer: null }],
  ["/chats/", { name: "chats", peer: null }],
  ["/chats/alice", { name: "chats", peer: "alice" }],
  ["/chats/Alice", { name: "chats", peer: "alice" }],
  ["/chats/bob@localhost:7001", { name: "chats", peer: "bob@localhost:7001" }],
  ["/chats/bob%40localhost%3A7001", { name: "chats", peer: "bob@localhost:7001" }],
  ["/chats/ed25519:00ff", { name: "chats", peer: "ed25519:00ff" }],
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
    assert.deepEqual(parseRoute(new URL(threadPath(peer), "http://x").pathname), {
      name: "chats",
      peer,
    });
  }
  assert.equal(threadPath("bob@localhost:7001"), "/chats/bob@localhost:7001");
});

Deno.test("a page gives way where the session has no use for it", () => {
  const cases: [string, SessionPhase, string | null][] = [
    ["/", "none", null],
    ["/create", "none", null],
    ["/chats", "none", "/"],
    ["/chats/alice", "none", "/"],
    ["/settings", "none", "/"],
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
