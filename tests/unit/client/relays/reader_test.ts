import assert from "node:assert/strict";
import { nostrPubkeyOf } from "../../../../protocol/identity.ts";
import { KIND, type NostrEvent, verifyEvent } from "../../../../protocol/nostr_event.ts";
import {
  addr,
  answer,
  HOUR_S,
  letIn,
  mailAt,
  nostrSecret,
  startReader,
  url,
} from "./reader_box.ts";

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

Deno.test("mail dated ahead does not take the cursor beyond now", async () => {
  const { environment, until, nowS, cursors } = startReader();
  const socket = environment.socket();
  const { id } = await letIn(socket);
  const ahead = mailAt(nowS + 600);
  await answer(socket, { id, answers: [[ahead], [ahead]] });
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
