import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  createModeration,
  ListFullError,
} from "../../../../../server/relay/management/moderation.ts";
import {
  createModerationStore,
  MODERATION_SCHEMA,
  type ModerationStore,
} from "../../../../../server/relay/management/moderation_store.ts";

const [KEY, OTHER] = ["a".repeat(64), "b".repeat(64)];

function openStore(): { db: DatabaseSync; store: ModerationStore } & Disposable {
  const db = new DatabaseSync(":memory:");
  db.exec(MODERATION_SCHEMA);
  return { db, store: createModerationStore(db), [Symbol.dispose]: () => db.close() };
}

const nowS = () => 1_700_000_000;

Deno.test("what is on a list is asked by value, each list apart", () => {
  using opened = openStore();
  const moderation = createModeration({ ...opened, nowS });
  moderation.add("banned_key", { value: KEY, reason: "spam" });
  moderation.add("allowed_key", { value: OTHER, reason: "" });
  moderation.add("banned_event", { value: KEY, reason: "" });
  moderation.add("blocked_ip", { value: "203.0.113.7", reason: "flood" });
  assert.deepEqual([moderation.isBannedKey(KEY), moderation.isBannedKey(OTHER)], [true, false]);
  assert.deepEqual([moderation.isAllowedKey(KEY), moderation.isAllowedKey(OTHER)], [false, true]);
  assert.deepEqual([moderation.isBannedEvent(KEY), moderation.isBannedEvent(OTHER)], [true, false]);
  assert.equal(moderation.isBlockedIp("203.0.113.7"), true);
  assert.equal(moderation.isBlockedIp("203.0.113.8"), false);
  assert.deepEqual(moderation.entries("banned_key"), [{ value: KEY, reason: "spam" }]);
});

Deno.test("a ban ends an allowance and an allowance a ban; lifting either does nothing else", () => {
  using opened = openStore();
  const moderation = createModeration({ ...opened, nowS });
  const standing = () => [moderation.isBannedKey(KEY), moderation.isAllowedKey(KEY)];
  const entry = { value: KEY, reason: "" };
  moderation.add("allowed_key", entry);
  moderation.add("banned_key", entry);
  assert.deepEqual(standing(), [true, false]);
  moderation.add("allowed_key", entry);
  assert.deepEqual(standing(), [false, true]);
  moderation.remove("allowed_key", KEY);
  assert.deepEqual(standing(), [false, false]);
  moderation.remove("banned_key", KEY);
  assert.deepEqual(standing(), [false, false]);
});

Deno.test("lists and settings are there again after a start", () => {
  using opened = openStore();
  const before = createModeration({ ...opened, nowS });
  before.add("banned_key", { value: KEY, reason: "first" });
  before.add("banned_key", { value: KEY, reason: "second" });
  before.add("banned_key", { value: OTHER, reason: "" });
  before.remove("banned_key", OTHER);
  before.change("name", "Ours");
  before.change("icon", "https://example.org/i.png");
  before.change("icon", null);
  const after = createModeration({ ...opened, nowS });
  assert.deepEqual(after.entries("banned_key"), [{ value: KEY, reason: "second" }]);
  assert.deepEqual(after.settings(), { name: "Ours", description: null, icon: null });
  const rows = opened.db.prepare("SELECT list, value, reason, at FROM moderation").all();
  assert.deepEqual(rows.map((row) => ({ ...row })), [
    { list: "banned_key", value: KEY, reason: "second", at: nowS() },
    { list: "setting", value: "name", reason: "Ours", at: nowS() },
  ]);
});

Deno.test("a full list takes nothing new, and what it has may still change", () => {
  using opened = openStore();
  const moderation = createModeration({ ...opened, nowS, maxEntries: 1 });
  moderation.add("banned_key", { value: KEY, reason: "" });
  assert.throws(
    () => moderation.add("banned_key", { value: OTHER, reason: "" }),
    (error) => error instanceof ListFullError && /1 entries/.test(error.message),
  );
  moderation.add("banned_key", { value: KEY, reason: "again" });
  moderation.add("blocked_ip", { value: "203.0.113.7", reason: "" });
  moderation.remove("banned_key", KEY);
  moderation.add("banned_key", { value: OTHER, reason: "" });
  assert.deepEqual(moderation.entries("banned_key"), [{ value: OTHER, reason: "" }]);
});

Deno.test("what cannot be stored does not count", () => {
  using opened = openStore();
  const moderation = createModeration({ ...opened, nowS });
  moderation.add("banned_key", { value: OTHER, reason: "" });
  opened.db.exec("PRAGMA query_only = ON");
  assert.throws(() => moderation.add("banned_key", { value: KEY, reason: "" }));
  assert.throws(() => moderation.remove("banned_key", OTHER));
  assert.throws(() => moderation.change("name", "Ours"));
  assert.deepEqual([moderation.isBannedKey(KEY), moderation.isBannedKey(OTHER)], [false, true]);
  assert.equal(moderation.settings().name, null);
});

Deno.test("a list of a later version is left alone", () => {
  using opened = openStore();
  opened.db.exec("INSERT INTO moderation VALUES ('role', 'x', '', 1)");
  const moderation = createModeration({ ...opened, nowS });
  assert.equal(moderation.isBannedKey("x"), false);
});
