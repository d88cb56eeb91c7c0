/** Relays of one server that hand on what is for one another's members. */
import assert from "node:assert/strict";
import { nostrPubkeyOf } from "../../protocol/identity.ts";
import { KIND } from "../../protocol/nostr_event.ts";
import {
  createPeerRelays,
  type PeerDeps,
  type PeerRelays,
} from "../../server/peers/peer_relays.ts";
import type { RateLimiter } from "../../server/rate_limit.ts";
import type { RelayLimits } from "../../server/relay/limits.ts";
import { type LogLine, recordingLog } from "../http/support.ts";
import { makeMail, makePrivate, newPerson, type Person } from "./support/events.ts";
import { createFakeMembers, type FakeMembers } from "./support/fake_members.ts";
import { NO_RATE_LIMIT, startTestRelay, type TestRelay } from "./support/test_relay.ts";
import { randomBytes } from "../support/random_bytes.ts";

const SECRET = randomBytes(32);

function openPeers(changes: Partial<PeerDeps> = {}): PeerRelays & { key: string } {
  const peers = createPeerRelays({
    nostrSecret: SECRET,
    openSocket: (url) => new WebSocket(url),
    random: () => randomBytes(32),
    nowMs: Date.now,
    // However busy the machine is, nobody is given up but where that is what the test is about.
    afterMs: () => () => undefined,
    log: recordingLog([]),
    ...changes,
  });
  return { ...peers, key: nostrPubkeyOf(SECRET) };
}

/** One EVENT or AUTH an IP, and as much as one likes of everything else. */
function oneEventByIp(): RateLimiter {
  let taken = 0;
  return {
    take: (rule, key) => ({
      ...NO_RATE_LIMIT.take(rule, key),
      allowed: rule.name !== "relay_events" || taken++ === 0,
    }),
  };
}

/** Members of whom some have their mail elsewhere. */
function membersWith(elsewhere: ReadonlyMap<string, string>): FakeMembers {
  return { ...createFakeMembers(), relayElsewhere: (addr) => elsewhere.get(addr) ?? null };
}

interface Pair extends AsyncDisposable {
  /** Where the sender is, which knows that the reader is at home elsewhere. */
  away: TestRelay;
  home: TestRelay;
  reader: Person;
  /** The connections between them so far. */
  opened: string[];
}

async function startPair(
  { homeLimiter = NO_RATE_LIMIT, homeLimits }: {
    homeLimiter?: RateLimiter;
    homeLimits?: Partial<RelayLimits>;
  } = {},
): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const policy = "members" as const;
  const opened: string[] = [];
  const peers = openPeers({
    openSocket(url) {
      opened.push(url);
      return new WebSocket(url);
    },
  });
  stack.defer(() => peers.stop());
  const home = stack.use(
    await startTestRelay({
      ...{ policy, peers: openPeers(), limiter: homeLimiter, limits: homeLimits },
    }),
  );
  const reader = home.member();
  const members = membersWith(new Map([[reader.addr, home.url]]));
  const away = stack.use(await startTestRelay({ policy, peers, members }));
  members.register(reader.addr, reader.pubkey);
  const owned = stack.move();
  return { away, home, reader, opened, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

Deno.test("mail, typing and gift wraps for a member of another relay are at that one, and here nothing is", async () => {
  await using pair = await startPair();
  const { away, home, reader } = pair;
  await using sender = await away.connect();
  await using device = await home.connect();
  await device.auth(reader.secret);
  await device.subscribe("live", { kinds: [KIND.message, KIND.typing, KIND.giftWrap] });
  for (const kind of [KIND.message, KIND.typing, KIND.giftWrap]) {
    const event = makePrivate(kind, reader);
    assert.deepEqual(await sender.publish(event), [true, ""]);
    assert.deepEqual(await device.live("live"), event);
  }
  await using visitor = await away.connect();
  await visitor.auth(reader.secret);
  assert.deepEqual(await visitor.query({ kinds: [KIND.message, KIND.giftWrap] }), []);
});

Deno.test("what the reader's relay says of an event is what the sender hears", async () => {
  await using pair = await startPair();
  const { away, home, reader } = pair;
  await using sender = await away.connect();
  const mail = makeMail(reader.addr);
  await sender.publish(mail);
  const [isTaken, message] = await sender.publish(mail);
  assert.deepEqual([isTaken, message.split(":")[0]], [true, "duplicate"]);
  home.members.release(reader.addr);
  assert.deepEqual(await sender.publish(makeMail(reader.addr)), [
    false,
    "blocked: this reader is not registered here",
  ]);
  const forged = { ...makeMail(reader.addr), sig: mail.sig };
  assert.deepEqual(await sender.publish(forged), [false, "invalid: the signature is not right"]);
});

Deno.test("what other relays hand on is not counted by IP once they have said who they are", async () => {
  await using pair = await startPair({ homeLimiter: oneEventByIp() });
  const { away, home, reader } = pair;
  await using sender = await away.connect();
  const mail = Array.from({ length: 5 }, () => makeMail(reader.addr));
  const answers = await Promise.all(mail.map((event) => sender.publish(event)));
  assert.deepEqual(answers, mail.map(() => [true, ""]));
  await using stranger = await home.connect();
  assert.match((await stranger.publish(makeMail(reader.addr)))[1], /^rate-limited:/);
});

Deno.test("what a stranger sends ends no connection of relays with one another", async () => {
  // An event that expires within the second, for one whose clock is ahead; here it is the size that they disagree about.
  const homeLimits = { maxEventBytes: 100, maxStrikes: 2, strikesForgivenPerS: 0 };
  await using pair = await startPair({ homeLimits });
  const { away, reader, opened } = pair;
  await using sender = await away.connect();
  for (let i = 0; i < 5; i++) {
    const [isTaken, message] = await sender.publish(makeMail(reader.addr));
    assert.deepEqual([isTaken, message.split(":")[0]], [false, "invalid"]);
  }
  assert.equal(opened.length, 1);
});

Deno.test("while the reader's relay is away the sender hears so, and afterwards everything goes on", async () => {
  await using pair = await startPair();
  const { away, home, reader } = pair;
  await using sender = await away.connect();
  assert.deepEqual(await sender.publish(makeMail(reader.addr)), [true, ""]);
  await home.stop();
  const later = makeMail(reader.addr);
  assert.deepEqual(await sender.publish(later), [
    false,
    "error: the reader's relay is away, try again later",
  ]);
  const { members, dbPath } = home;
  const port = Number(new URL(home.url).port);
  await using again = await startTestRelay({
    ...{ policy: "members" as const, members, dbPath, peers: openPeers() },
    bind: { hostname: "127.0.0.1", port },
  });
  assert.deepEqual(await sender.publish(later), [true, ""]);
  await using device = await again.connect();
  await device.auth(reader.secret);
  assert.equal((await device.query({ kinds: [KIND.message] })).length, 2);
});

Deno.test("relays that disagree about a reader hand nothing round in circles", async () => {
  const peers = [openPeers(), openPeers()];
  const reader = newPerson();
  const elsewhere = new Map<string, string>();
  const members = membersWith(elsewhere);
  members.register(reader.addr, reader.pubkey);
  await using home = await startTestRelay({ policy: "members", members, peers: peers[0]! });
  await using away = await startTestRelay({ policy: "members", members, peers: peers[1]! });
  elsewhere.set(reader.addr, home.url);
  await using sender = await away.connect();
  assert.deepEqual(await sender.publish(makeMail(reader.addr)), [
    false,
    "error: the reader's relay is another one, try again later",
  ]);
  for (const each of peers) each.stop();
});

Deno.test("a relay that takes connections and says nothing is given up, with all that waits for it", async () => {
  const timers: (() => void)[] = [];
  const sockets: { isClosed: boolean }[] = [];
  const peers = openPeers({
    openSocket: () => {
      const socket = {
        isClosed: false,
        send: () => undefined,
        close: () => void (socket.isClosed = true),
      };
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    afterMs(_ms, run) {
      timers.push(run);
      return () => undefined;
    },
  });
  const url = "ws://127.0.0.1:1/";
  const { addr } = newPerson();
  const event = makeMail(addr);
  const mail = Array.from({ length: 1_025 }, (_, i) => ({ ...event, id: `${i}` }));
  const answers = mail.map((event) => peers.publish(url, event));
  assert.match((await answers[1_024]!).message, /^error: too much/);
  timers[0]!();
  for (const answer of answers.slice(0, 1_024)) {
    assert.match((await answer).message, /^error: the reader's relay is away/);
  }
  assert.deepEqual(sockets.map(({ isClosed }) => isClosed), [true]);
  const next = peers.publish(url, mail[0]!);
  assert.equal(sockets.length, 2);
  peers.stop();
  assert.equal((await next).accepted, false);
  assert.equal((await peers.publish(url, mail[1]!)).accepted, false);
});

Deno.test("whoever answers in a relay's place with what is no frame is passed over", async () => {
  const socket = { send: () => undefined, close: () => undefined } as unknown as WebSocket;
  const peers = openPeers({ openSocket: () => socket });
  const answer = peers.publish("ws://127.0.0.1:1/", makeMail(newPerson().addr));
  for (const data of ["hello", "{}", '["OK"]', '["AUTH", 7]', "[".repeat(999), new Blob([])]) {
    socket.onmessage!(new MessageEvent("message", { data }));
  }
  peers.stop();
  assert.equal((await answer).accepted, false);
});

Deno.test("that a relay is away is said once, however much comes for it, and that it is back", async () => {
  const lines: LogLine[] = [];
  const peers = openPeers({ log: recordingLog(lines) });
  const mail = makeMail(newPerson().addr);
  const home = await startTestRelay({ policy: "members", peers: openPeers() });
  const { url, members, dbPath } = home;
  await home.stop();
  for (let i = 0; i < 3; i++) assert.equal((await peers.publish(url, mail)).accepted, false);
  assert.deepEqual(lines.map(({ event }) => event), ["peers.away"]);
  await using _again = await startTestRelay({
    ...{ policy: "members" as const, members, dbPath, peers: openPeers() },
    bind: { hostname: "127.0.0.1", port: Number(new URL(url).port) },
  });
  assert.match((await peers.publish(url, mail)).message, /^blocked:/);
  assert.deepEqual(lines.map(({ event }) => event), ["peers.away", "peers.back"]);
  peers.stop();
});
