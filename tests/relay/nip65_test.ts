import assert from "node:assert/strict";
import { KIND } from "../../protocol/nostr_event.ts";
import { assertLearns } from "./support/asking.ts";
import { makeEvent, newPerson, nowS, type Person } from "./support/events.ts";
import { publishInOrder, refusedEvent } from "./support/publish.ts";
import { startTestRelay } from "./support/test_relay.ts";

const T = nowS() - 10_000;

/** A relay list. */
function relayList({ secret }: Person, created_at: number, ...urls: string[]) {
  const tags = urls.map((url) => ["r", url]);
  return makeEvent({ kind: KIND.relayList, created_at, tags, content: "" }, secret);
}

for (const policy of ["members", "open"] as const) {
  Deno.test(`${policy}: a member's newest relay list takes the place of the older one, for anyone who asks`, async () => {
    await using relay = await startTestRelay({ policy });
    await using writer = await relay.connect();
    await using anyone = await relay.connect();
    const [alice, bob] = [relay.member(), relay.member()];
    await anyone.subscribe("live", { kinds: [10_002], authors: [alice.pubkey] });
    const first = relayList(alice, T, "wss://a.example/", "wss://b.example/");
    const second = relayList(alice, T + 1, "wss://b.example/");
    const others = relayList(bob, T, "wss://a.example/");
    await publishInOrder(writer, first, others, second);
    assert.deepEqual(await anyone.live("live"), first);
    assert.deepEqual(await anyone.live("live"), second);
    for (
      const [filter, events] of [
        [{ kinds: [10_002] }, [second, others]],
        [{ kinds: [10_002], authors: [alice.pubkey], limit: 1 }, [second]],
        [{ "#r": ["wss://a.example/"] }, [others]],
        [{ "#r": ["wss://b.example/"] }, [second]],
        [{ ids: [first.id] }, []],
      ] as const
    ) await assertLearns(anyone, { filters: [filter], events });
    assert.equal((await writer.publish(first))[0], false);
    await assertLearns(anyone, { filters: [{ kinds: [10_002] }], events: [second, others] });
  });
}

Deno.test("members: a stranger's relay list is blocked, one who is registered later may publish it then", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const person = newPerson();
  const list = relayList(person, T, "wss://a.example/");
  assert.match(await refusedEvent(client, list), /^blocked: /);
  await client.auth(person.secret);
  assert.match(await refusedEvent(client, list), /^blocked: /);
  await assertLearns(client, { filters: [{}], events: [] });
  relay.members.register(person.addr, person.pubkey);
  await publishInOrder(client, list);
  await assertLearns(client, { filters: [{}], events: [list] });
});

Deno.test("a relay list is kept over a restart, read and write markers included", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  const alice = relay.member();
  const tags = [["r", "wss://a.example/", "read"], ["r", "wss://b.example/", "write"]];
  const list = makeEvent({ kind: KIND.relayList, created_at: T, tags, content: "" }, alice.secret);
  {
    await using client = await relay.connect();
    await publishInOrder(client, list);
  }
  await relay.stop();
  const { dbPath, members } = relay;
  await using again = await startTestRelay({ policy: "members", dbPath, members });
  await using client = await again.connect();
  assert.deepEqual(await client.query({ kinds: [10_002], authors: [alice.pubkey] }), [list]);
});
