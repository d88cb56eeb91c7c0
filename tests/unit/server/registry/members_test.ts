import assert from "node:assert/strict";
import { createMemberList } from "../../../../server/registry/members.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)];
const [KEY, OTHER] = ["1".repeat(64), "2".repeat(64)];

Deno.test("members are known by addr and by nostr key, until they go", () => {
  const members = createMemberList();
  members.put({ addr: A, nostr: KEY });
  members.put({ addr: B, nostr: null });
  assert.ok(members.isAddr(A) && members.isAddr(B));
  assert.equal(members.nostrKeyOf(A), KEY);
  assert.equal(members.nostrKeyOf(B), null);
  assert.ok(members.isMemberKey(KEY));
  members.put({ addr: A, nostr: OTHER });
  assert.equal(members.nostrKeyOf(A), OTHER);
  assert.deepEqual([members.isMemberKey(KEY), members.isMemberKey(OTHER)], [false, true]);
  members.release(A);
  assert.deepEqual([members.isAddr(A), members.isMemberKey(OTHER)], [false, false]);
  assert.equal(members.nostrKeyOf(A), null);
  assert.deepEqual([members.isReleased(A), members.isReleased(B)], [true, false]);
  members.release(A);
  assert.ok(members.isAddr(B));
  assert.deepEqual([members.addrsOf(OTHER), members.addrsOf(KEY)], [[], []]);
  members.put({ addr: A, nostr: KEY });
  assert.ok(!members.isReleased(A));
  assert.deepEqual(members.addrsOf(KEY), [A]);
});

Deno.test("a key that goes from one member to another stays known, in whichever order that comes", () => {
  for (const takerFirst of [true, false]) {
    const members = createMemberList();
    members.put({ addr: A, nostr: KEY });
    const changes = [
      () => members.put({ addr: B, nostr: KEY }),
      () => members.put({ addr: A, nostr: null }),
    ];
    for (const change of takerFirst ? changes : changes.reverse()) change();
    assert.ok(members.isMemberKey(KEY));
    members.release(B);
    assert.ok(!members.isMemberKey(KEY));
  }
});

Deno.test("the same member again changes nothing", () => {
  const members = createMemberList();
  for (let i = 0; i < 3; i++) members.put({ addr: A, nostr: KEY });
  members.release(A);
  assert.ok(!members.isMemberKey(KEY));
});

Deno.test("listeners hear of every change until they end", () => {
  const members = createMemberList();
  let heard = 0;
  const end = members.onChange(() => heard++);
  members.put({ addr: A, nostr: KEY });
  members.release(A);
  members.release(A);
  assert.equal(heard, 2);
  end();
  members.put({ addr: B, nostr: null });
  assert.equal(heard, 2);
});
