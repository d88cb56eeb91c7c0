import assert from "node:assert/strict";
import { nostrPubkeyOf } from "../../../../protocol/identity.ts";
import { KIND, type NostrEvent, verifyEvent } from "../../../../protocol/nostr_event.ts";
import { createReader } from "../../../../client/relays/reader.ts";
import { makeMail } from "../../../relay/support/events.ts";
import { createFakeEnvironment, type FakeSocket } from "./fake_environment.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const url = "wss://home.test/relay";
const addr = "ab".repeat(32);
const nostrSecret = randomBytes(32);
const HOUR_S = 3_600;

function startReader({ cursor = null as number | null, firstWindowMs = 48 * HOUR_S * 1000 } = {}) {
  const environment = createFakeEnvironment();
  const nowS = environment.nowMs() / 1000;
  const handled: NostrEvent[] = [];
  const cursors: number[] = [];
  const states: string[] = [];
  let failing = (_event: NostrEvent) => false;
  let saving = () => Promise.resolve();
  let tell = () => {};
  let tellSaved = () => {};
  const reader = createReader({
    url,
    environment,
    nostrSecret,
    randomBytes,
    mail: {
      isQuietFirst: false,
      addr,
      firstWindowMs,
      cursor: () => Promise.resolve(cursors.at(-1) ?? cursor),
      saveCursor(createdAtS) {
        cursors.push(createdAtS);
        tellSaved();
        return saving();
      },
      onEvent(event) {
        if (failing(event)) return Promise.reject(new Error("The disk is full."));
        handled.push(event);
        return Promise.resolve();
      },
    },
    onState() {
      states.push(reader.state);
      tell();
    },
  });
  reader.start();
  return {
    environment,
    reader,
    nowS,
    handled,
    cursors,
    states,
    fail: (fits: typeof failing) => failing = fits,
    hold: (until: Promise<void>) => saving = () => until,
    async saved(count: number) {
      while (cursors.length < count) await new Promise<void>((resolve) => tellSaved = resolve);
    },
    async until(state: string) {
      while (reader.state !== state) await new Promise<void>((resolve) => tell = resolve);
    },
  };
}

/** Opens the socket and lets the reader in; gives its first REQ. */
async function letIn(socket: FakeSocket) {
  socket.open();
  socket.receive("AUTH", "a challenge");
  const [, event] = await socket.next("AUTH");
  socket.receive("OK", (event as NostrEvent).id, true, "");
  const [, id, filter] = await socket.next("REQ");
  return { id: id as string, filter: filter as Record<string, unknown>, auth: event as NostrEvent };
}

const mailAt = (createdAtS: number) => makeMail(addr, { created_at: createdAtS });

Deno.test("it AUTHs with the nostr key, then asks for the own mail, and is connected once all is read", async () => {
  const { environment, reader, until, nowS, states, cursors } = startReader();
  const socket = environment.socket();
  const { id, filter, auth } = await letIn(socket);
  assert.equal(auth.kind, KIND.auth);
  assert.equal(auth.pubkey, nostrPubkeyOf(nostrSecret));
  assert.deepEqual(auth.tags, [["relay", url], ["challenge", "a challenge"]]);
  assert.equal(auth.created_at, nowS);
  assert.ok(verifyEvent(auth));
  assert.deepEqual(filter, {
    kinds: [4243, 4244, 24243],
    "#q": [addr],
    since: nowS - 48 * HOUR_S,
    limit: 500,
  });
  assert.equal(reader.state, "connecting");
  socket.receive("EOSE", id);
  await until("connected");
  assert.deepEqual(states, ["connected"]);
  // Nothing came: what was read to its end begins where the reading began.
  assert.deepEqual(cursors, [nowS - 48 * HOUR_S]);
});

Deno.test("with a cursor it reads from an hour before it; after a restore, all that is kept", async () => {
  const known = startReader({ cursor: 1_700_000_000 });
  assert.equal((await letIn(known.environment.socket())).filter.since, 1_700_000_000 - HOUR_S);
  const restored = startReader({ firstWindowMs: 30 * 24 * HOUR_S * 1000 });
  const { filter } = await letIn(restored.environment.socket());
  assert.equal(filter.since, restored.nowS - 30 * 24 * HOUR_S);
});

Deno.test("stored mail is dealt with oldest first, page by page, before the cursor moves", async () => {
  const { environment, until, nowS, handled, cursors } = startReader();
  const socket = environment.socket();
  const { id } = await letIn(socket);
  const newest = [mailAt(nowS - 10), mailAt(nowS - 20), mailAt(nowS - 30)];
  const older = [newest[2]!, mailAt(nowS - 40), mailAt(nowS - 50)];
  for (const event of newest) socket.receive("EVENT", id, event);
  socket.receive("EOSE", id);
  const [, olderId, filter] = await socket.next("REQ");
  assert.equal((filter as { until: number }).until, nowS - 30);
  assert.deepEqual(cursors, []);
  for (const event of older) socket.receive("EVENT", olderId, event);
  socket.receive("EOSE", olderId);
  const [, lastId, last] = await socket.next("REQ");
  assert.equal((last as { until: number }).until, nowS - 50);
  socket.receive("EVENT", lastId, older[2]!);
  socket.receive("EOSE", lastId);
  await until("connected");
  assert.deepEqual(handled.map(({ created_at }) => created_at - nowS), [
    -30,
    -20,
    -10,
    -50,
    -40,
    -30,
    -50,
  ]);
  assert.deepEqual(cursors, [nowS - 10]);
  assert.equal((await socket.next("CLOSE"))[1], olderId);
});

Deno.test("a relay that cuts its answers short, in the middle of a second, hides nothing that is older", async () => {
  const { environment, until, nowS, handled } = startReader();
  const socket = environment.socket();
  const { id } = await letIn(socket);
  const atOnce = Array.from({ length: 20 }, () => mailAt(nowS - 10));
  const before = mailAt(nowS - 11);
  for (const event of atOnce) socket.receive("EVENT", id, event);
  socket.receive("EOSE", id);
  const [, olderId] = await socket.next("REQ");
  for (const event of atOnce) socket.receive("EVENT", olderId, event);
  socket.receive("EOSE", olderId);
  const [, lastId, filter] = await socket.next("REQ");
  assert.equal((filter as { until: number }).until, nowS - 11);
  socket.receive("EVENT", lastId, before);
  socket.receive("EOSE", lastId);
  const [, emptyId] = await socket.next("REQ");
  socket.receive("EVENT", emptyId, before);
  socket.receive("EOSE", emptyId);
  await until("connected");
  assert.ok(handled.some((event) => event.id === before.id));
});

Deno.test("a relay that puts the same mail into every answer is read to its end, and hides nothing older", async () => {
  const { environment, until, nowS, handled } = startReader();
  const socket = environment.socket();
  const { id, filter } = await letIn(socket);
  const added = Array.from({ length: 10 }, () => mailAt(nowS - 10));
  // Before all that is asked for.
  added.push(mailAt(filter.since as number - 1));
  const before = mailAt(nowS - 20);
  const answers = [[], [], [before], [before]];
  const untils: unknown[] = [];
  for (let asked = id; answers.length > 0;) {
    for (const event of [...added, ...answers.shift()!]) socket.receive("EVENT", asked, event);
    socket.receive("EOSE", asked);
    if (answers.length === 0) break;
    const [, olderId, older] = await socket.next("REQ");
    untils.push((older as { until: number }).until - nowS);
    asked = olderId as string;
  }
  await until("connected");
  assert.deepEqual(untils, [-10, -11, -20]);
  assert.ok(handled.some((event) => event.id === before.id));
});

Deno.test("mail dated ahead does not take the cursor beyond now", async () => {
  const { environment, until, nowS, cursors } = startReader();
  const socket = environment.socket();
  const { id } = await letIn(socket);
  const ahead = mailAt(nowS + 600);
  socket.receive("EVENT", id, ahead);
  socket.receive("EOSE", id);
  const [, olderId] = await socket.next("REQ");
  socket.receive("EVENT", olderId, ahead);
  socket.receive("EOSE", olderId);
  await until("connected");
  assert.deepEqual(cursors, [nowS]);
});

Deno.test("live mail is dealt with as it comes, and moves the cursor with the next full reading", async () => {
  const { environment, reader, until, saved, nowS, handled, cursors } = startReader({
    cursor: 1_799_999_000,
  });
  const socket = environment.socket();
  const { id } = await letIn(socket);
  socket.receive("EOSE", id);
  await until("connected");
  const live = mailAt(nowS + 5);
  socket.receive("EVENT", id, live);
  for (let passedS = 0; passedS < HOUR_S; passedS += 50) {
    environment.pass(50_000);
    socket.receive("NOTICE", "still here");
  }
  const [, again, filter] = await socket.next("REQ");
  assert.deepEqual(handled, [live]);
  assert.deepEqual(cursors, [1_799_999_000]);
  assert.equal((filter as { since: number }).since, 1_799_999_000 - HOUR_S);
  assert.equal(reader.state, "connected");
  socket.receive("EVENT", again, live);
  socket.receive("EOSE", again);
  const [, olderId] = await socket.next("REQ");
  socket.receive("EOSE", olderId);
  await saved(2);
  assert.equal(cursors.at(-1), nowS + 5);
});

Deno.test("after auth-required it AUTHs again and asks again, three times at most", async () => {
  const { environment, reader } = startReader();
  const socket = environment.socket();
  let { id } = await letIn(socket);
  for (let again = 0; again < 2; again++) {
    socket.receive("CLOSED", id, "auth-required: once more");
    const [, event] = await socket.next("AUTH");
    socket.receive("OK", (event as NostrEvent).id, true, "");
    id = (await socket.next("REQ"))[1] as string;
  }
  socket.receive("CLOSED", id, "auth-required: once more");
  assert.ok(socket.isEnded);
  assert.equal(reader.state, "waiting");
});

Deno.test("a refusal is told in the relay's words, and tried again later", async () => {
  for (const refusal of ["AUTH", "REQ"]) {
    const { environment, reader, until } = startReader();
    const socket = environment.socket();
    if (refusal === "AUTH") {
      socket.open();
      socket.receive("AUTH", "a challenge");
      const [, event] = await socket.next("AUTH");
      socket.receive("OK", (event as NostrEvent).id, false, "restricted: not here");
    } else {
      const { id } = await letIn(socket);
      socket.receive("CLOSED", id, "restricted: not here");
    }
    assert.equal(reader.state, "refused");
    assert.equal(reader.reason, "restricted: not here");
    assert.ok(socket.isEnded);
    environment.pass(30_000);
    const { id } = await letIn(environment.socket());
    environment.socket().receive("EOSE", id);
    await until("connected");
    assert.equal(reader.reason, null);
  }
});

Deno.test("a relay that refused and is gone since does not answer", async () => {
  const { environment, reader } = startReader();
  const { id } = await letIn(environment.socket());
  environment.socket().receive("CLOSED", id, "restricted: not here");
  assert.equal(reader.state, "refused");
  environment.pass(30_000);
  environment.socket().end();
  assert.deepEqual([reader.state, reader.reason], ["waiting", null]);
});

Deno.test("mail that could not be kept comes again over a new connection, from the same cursor", async () => {
  const { environment, until, nowS, handled, cursors, fail } = startReader({
    cursor: 1_799_000_000,
  });
  const event = mailAt(nowS - 5);
  fail(() => true);
  const first = environment.socket();
  const { id } = await letIn(first);
  first.receive("EVENT", id, event);
  first.receive("EOSE", id);
  await until("waiting");
  assert.ok(first.isEnded);
  assert.deepEqual(cursors, []);
  fail(() => false);
  environment.pass(1_000);
  const second = environment.socket();
  const again = await letIn(second);
  assert.equal(again.filter.since, 1_799_000_000 - HOUR_S);
  second.receive("EVENT", again.id, event);
  second.receive("EOSE", again.id);
  const [, olderId] = await second.next("REQ");
  second.receive("EOSE", olderId);
  await until("connected");
  assert.deepEqual(handled, [event]);
});

Deno.test("a connection that goes while the cursor is written does not count as connected", async () => {
  const { environment, reader, saved, states, hold } = startReader();
  const written = Promise.withResolvers<void>();
  hold(written.promise);
  const socket = environment.socket();
  const { id } = await letIn(socket);
  socket.receive("EOSE", id);
  await saved(1);
  socket.end();
  assert.equal(reader.state, "waiting");
  const settled = reader.stop();
  written.resolve();
  await settled;
  assert.equal(reader.state, "waiting");
  assert.deepEqual(states, ["waiting"]);
});

Deno.test("a relay that never says EOSE, or floods, is left", async () => {
  const silent = startReader();
  await letIn(silent.environment.socket());
  silent.environment.pass(30_000);
  assert.ok(silent.environment.sockets[0]?.isEnded);

  const flooding = startReader();
  const socket = flooding.environment.socket();
  const { id } = await letIn(socket);
  const event = mailAt(flooding.nowS);
  for (let i = 0; i <= 5_000; i++) socket.receive("EVENT", id, event);
  assert.ok(socket.isEnded);
});

Deno.test("a relay that does not greet is read without AUTH", async () => {
  const { environment, until } = startReader();
  const socket = environment.socket();
  socket.open();
  environment.pass(3_000);
  const [, id] = await socket.next("REQ");
  socket.receive("EOSE", id);
  await until("connected");
});

Deno.test("a relay whose stored or live events would fill the memory is left", async () => {
  for (const isLive of [false, true]) {
    const { environment, saved, reader, nowS } = startReader();
    const socket = environment.socket();
    const { id } = await letIn(socket);
    if (isLive) {
      socket.receive("EOSE", id);
      await saved(1);
    }
    const event = { ...mailAt(nowS), tags: [["q", addr, "x".repeat(100_000)]] };
    let events = 0;
    while (!socket.isEnded && events < 1_000) {
      socket.receive("EVENT", id, event);
      events++;
    }
    assert.ok(events < 1_000, isLive ? "live" : "stored");
    await reader.stop();
  }
});

Deno.test("a relay that only the network was missing for is being reached once that is back, and has not failed", async () => {
  const { environment, reader, until, states } = startReader();
  const socket = environment.socket();
  const { id } = await letIn(socket);
  socket.receive("EOSE", id);
  await until("connected");
  environment.setOnline(false);
  socket.end();
  assert.equal(reader.state, "waiting");
  environment.setOnline(true);
  assert.deepEqual(states, ["connected", "waiting", "connecting"]);
  environment.socket().end();
  assert.equal(reader.state, "waiting");
});
