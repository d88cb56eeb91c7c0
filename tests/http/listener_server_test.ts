import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import type { ClientFrame } from "../../protocol/nostr_wire.ts";
import { makeMail, randomHex } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { startFaultyRelay } from "../support/faulty_relay/faulty_relay.ts";
import type { Fault } from "../support/faulty_relay/fault.ts";
import { type PushService, startPushService } from "../support/push_service.ts";
import { registerPerson, subscribeDevice, type Subscriber } from "../support/push_subscriber.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";

function startListening(service: PushService, relays: string[] = []): Promise<KezChat> {
  const outside = relays.length === 0 ? [] : ["--relays", relays.join(",")];
  return startKezChat({ flags: ["--push-hosts", `127.0.0.1:${service.port}`, ...outside] });
}

async function subscriber(
  server: KezChat,
  { handle, service, devices = 1 }: { handle: string; service: PushService; devices?: number },
): Promise<Subscriber> {
  const person = await registerPerson(server, handle);
  for (let i = 0; i < devices; i++) {
    await subscribeDevice(server, person, `${service.origin}/${handle}${i}`);
  }
  return person;
}

async function publishHome(server: KezChat, ...events: NostrEvent[]): Promise<void> {
  await using client = await connectClient(server.relayUrl);
  for (const event of events) assert.deepEqual(await client.publish(event), [true, ""]);
}

const pathsOf = ({ pushes }: PushService) => pushes.map(({ path }) => path).toSorted();
const received = (service: PushService, count: number) =>
  within(service.received(count), { what: `push ${count} (${pathsOf(service)})` });

/** Notes the addrs of every REQ. */
function recordingReqs(): { fault: Fault; asked: Set<string> } {
  const asked = new Set<string>();
  const note = (frame: ClientFrame) => {
    if (frame.type !== "REQ") return;
    for (const { tags } of frame.filters) for (const addr of tags.get("q") ?? []) asked.add(addr);
  };
  return {
    asked,
    fault: {
      fromClient(frame, { pass }) {
        note(frame);
        pass(frame);
      },
    },
  };
}

Deno.test("a message to the home relay is one push to each device, what is quiet is none, and the log names nobody", async () => {
  await using service = startPushService();
  await using server = await startListening(service);
  const alice = await subscriber(server, { handle: "alice", service, devices: 3 });
  const bob = await subscriber(server, { handle: "bobby", service });
  await publishHome(
    server,
    makeMail(alice.addr, { kind: 4244 }),
    makeMail(alice.addr),
    makeMail(bob.addr),
  );
  await received(service, 4);
  assert.deepEqual(pathsOf(service), ["/alice0", "/alice1", "/alice2", "/bobby0"]);
  assert.deepEqual(service.faults, []);
  for (const { ttl, urgency, bodyBytes, claims } of service.pushes) {
    assert.deepEqual({ ttl, urgency, bodyBytes }, { ttl: "86400", urgency: "high", bodyBytes: 0 });
    assert.equal(claims.sub, "https://example.org/");
  }
  assert.equal(await server.stop(), 0);
  for (const secret of ["alice", "bobby", alice.addr, bob.addr, service.origin, "127.0.0.1:5"]) {
    assert.ok(!server.logs.includes(secret), secret);
  }
});

Deno.test("mail on a relay elsewhere is pushed within moments of a subscription, once wherever else it comes, and nobody else's addr is told", async () => {
  await using service = startPushService();
  const { fault, asked } = recordingReqs();
  await using outside = await startFaultyRelay({ faults: [fault] });
  await using other = await startFaultyRelay();
  await using server = await startListening(service, [outside.url, other.url]);
  const nobody = await registerPerson(server, "nobody");
  const alice = await subscriber(server, { handle: "alice", service });
  const mail = makeMail(alice.addr);
  outside.plant(mail);
  other.plant(mail);
  await received(service, 1);
  await publishHome(server, mail);
  const bob = await subscriber(server, { handle: "bobby", service });
  for (const relay of [outside, other]) relay.plant(makeMail(bob.addr));
  await received(service, 2);
  // The second one to Bob ends his burst, and comes after everything that may have come to Alice.
  await received(service, 3);
  assert.deepEqual(pathsOf(service), ["/alice0", "/bobby0", "/bobby0"]);
  assert.deepEqual([...asked].toSorted(), [alice.addr, bob.addr].toSorted());
  assert.ok(!asked.has(nobody.addr));
});

Deno.test("a killed server pushes after its start what came meanwhile, here and elsewhere, and nothing twice", async () => {
  await using service = startPushService();
  await using outside = await startFaultyRelay();
  await using server = await startListening(service, [outside.url]);
  const [alice, bob, carol, dave] = [
    await subscriber(server, { handle: "alice", service }),
    await subscriber(server, { handle: "bobby", service }),
    await subscriber(server, { handle: "carol", service }),
    await subscriber(server, { handle: "davey", service }),
  ];
  outside.plant(makeMail(alice.addr));
  await received(service, 1);
  await publishHome(server, makeMail(bob.addr));
  await received(service, 2);
  outside.plant(makeMail(dave.addr));
  outside.plant(makeMail(dave.addr));
  // The end of Dave's burst: what was pushed before is written down by now.
  await received(service, 4);
  await server.kill("SIGKILL");
  outside.plant(makeMail(carol.addr));
  await server.restart();
  outside.plant(makeMail(carol.addr));
  const ofCarol = () => pathsOf(service).filter((path) => path === "/carol0").length;
  for (let count = 5; ofCarol() < 2; count++) await received(service, count);
  const others = pathsOf(service).filter((path) => !["/carol0", "/davey0"].includes(path));
  assert.deepEqual(others, ["/alice0", "/bobby0"]);
});

Deno.test("what strangers leave on an honest relay does not turn the server away from it", async () => {
  await using service = startPushService();
  await using outside = await startFaultyRelay();
  await using server = await startListening(service, [outside.url]);
  const alice = await subscriber(server, { handle: "alice", service });
  const nowS = Math.floor(Date.now() / 1000);
  for (let i = 0; i < 60; i++) {
    outside.plant(makeMail(alice.addr, { tags: [["q", alice.addr], ["q", randomHex()]] }));
    outside.plant(makeMail(alice.addr, { content: "no envelope" }));
    outside.plant(makeMail(alice.addr, { created_at: nowS + 20 * 60 }));
  }
  outside.plant(makeMail(alice.addr));
  await received(service, 1);
  outside.plant(makeMail(alice.addr));
  await received(service, 2);
  assert.equal(outside.links.length, 1);
});

Deno.test("a relay that floods forgeries is left alone, one that dies is come back to, and neither delays another", async () => {
  await using service = startPushService();
  await using hostile = await startFaultyRelay();
  await using mortal = await startFaultyRelay();
  await using server = await startListening(service, [hostile.url, mortal.url]);
  const alice = await subscriber(server, { handle: "alice", service });
  for (let i = 0; i < 500; i++) {
    const mail = makeMail(alice.addr);
    hostile.plant({ ...mail, sig: "0".repeat(128) });
    hostile.plant({ ...mail, id: randomHex() });
    hostile.plant(makeMail(alice.addr, { kind: 1 }));
  }
  mortal.plant(makeMail(alice.addr));
  await received(service, 1);
  await mortal.die();
  mortal.plant(makeMail(alice.addr));
  await mortal.revive();
  await received(service, 2);
  assert.ok(hostile.links.length <= 2 && hostile.links.every(({ isOpen }) => !isOpen));
  assert.equal(service.pushes.length, 2);
});
