import assert from "node:assert/strict";
import { signAck, verifyAck } from "../../../protocol/ack.ts";
import { addrOf } from "../../../protocol/addr.ts";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import { primaryOf } from "../../../protocol/identity.ts";
import { deriveSessionSecrets } from "../../../protocol/session_secrets.ts";
import { openMail, sealMail } from "../../../protocol/mail.ts";
import {
  MAX_MESSAGE_AGE_MS,
  MAX_MESSAGE_AHEAD_MS,
  signMessage,
  verifyMessage,
} from "../../../protocol/message.ts";
import { isKnownBody, parseMessageBody } from "../../../protocol/message_body.ts";
import { KIND, type NostrEvent, parseEvent, verifyEvent } from "../../../protocol/nostr_event.ts";
import { signDocument } from "../../../protocol/signed_document.ts";
import { safetyNumber } from "../../../protocol/safety_number.ts";
import { hasCode, mutations, readVectors } from "./support.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const phrases = readVectors<{ valid: { phrase: string }[] }>("identity").valid;
const alice = await deriveSessionSecrets(phrases[0]!.phrase);
const bob = await deriveSessionSecrets(phrases[1]!.phrase);
const carol = await deriveSessionSecrets(phrases[2]!.phrase);
const [alicePrimary, bobPrimary, carolPrimary] = [alice, bob, carol].map((one) =>
  primaryOf(one.identitySecret)
);
const nowMs = Date.parse("2026-05-25T03:00:30Z");
const id = "00112233445566778899aabbccddeeff";

function messageTo(to: string, sentAtMs = nowMs) {
  const body = { kind: "text", text: "hello" };
  return signMessage(
    { id, from: alicePrimary!, fromHandle: "alice@kez.lat", to, sentAtMs, body },
    alice.identitySecret,
  );
}

function check(reader: string, eventCreatedAtS = nowMs / 1000) {
  return { reader, eventCreatedAtS, nowMs, verifyEd25519 };
}

Deno.test("the known message event and its ack open, each for its reader", async () => {
  const known = readVectors<
    { message_event: NostrEvent; ack_event: NostrEvent; ack_document: unknown }
  >("ack");
  for (const event of [known.message_event, known.ack_event]) {
    assert.ok(verifyEvent(parseEvent(event)));
  }
  const context = { nowMs, verifyEd25519 };
  const mail = await openMail(known.message_event, {
    ...context,
    identitySecret: bob.identitySecret,
  });
  assert.ok(mail.type === "message");
  const acked = await openMail(known.ack_event, {
    ...context,
    identitySecret: alice.identitySecret,
  });
  assert.ok(acked.type === "ack");
  assert.deepEqual(acked.ack, known.ack_document);
  assert.equal(acked.ack.payload.event_id, known.message_event.id);
  assert.equal(acked.ack.payload.message_id, mail.message.payload.id);
});

Deno.test("a sealed event carries one tag, the reader's addr, and a one-time author", async () => {
  const seal = () =>
    sealMail(messageTo(bobPrimary!), {
      reader: bobPrimary!,
      kind: KIND.message,
      createdAtS: nowMs / 1000,
      randomBytes,
    });
  const [first, second] = [await seal(), await seal()];
  assert.ok(verifyEvent(first));
  assert.deepEqual(first.tags, [["q", addrOf(bobPrimary!)]]);
  assert.equal(first.kind, 4243);
  assert.notEqual(first.pubkey, second.pubkey);
  assert.ok(!JSON.stringify(first).includes(alicePrimary!.slice(8)));
  const mail = await openMail(first, { identitySecret: bob.identitySecret, nowMs, verifyEd25519 });
  assert.ok(mail.type === "message" && mail.message.payload.id === id);
});

Deno.test("a self-copy opens for its author", async () => {
  const copy = await sealMail(messageTo(bobPrimary!), {
    reader: alicePrimary!,
    kind: KIND.quiet,
    createdAtS: nowMs / 1000,
    randomBytes,
  });
  const mail = await openMail(copy, { identitySecret: alice.identitySecret, nowMs, verifyEd25519 });
  assert.ok(mail.type === "message" && mail.message.payload.to === bobPrimary);
});

Deno.test("any changed member of a message's payload breaks its signature or its shape", async () => {
  const message = messageTo(bobPrimary!);
  let count = 0;
  for (const payload of mutations(message.payload)) {
    count++;
    await assert.rejects(verifyMessage({ ...message, payload }, check(bobPrimary!)));
  }
  assert.ok(count >= 8);
  const extra = { ...message, payload: { ...message.payload, extra: 1 } };
  await assert.rejects(verifyMessage(extra, check(bobPrimary!)), hasCode("bad_signature"));
});

Deno.test("unknown members inside the payload are kept and covered by the signature", async () => {
  const payload = { ...messageTo(bobPrimary!).payload, later: { a: [1, null] } };
  const message = signDocument("message", { payload, identitySecret: alice.identitySecret });
  assert.deepEqual((await verifyMessage(message, check(bobPrimary!))).payload.later, {
    a: [1, null],
  });
});

Deno.test("a message signed by somebody other than its sender is refused", async () => {
  const forged = signDocument("message", {
    payload: messageTo(bobPrimary!).payload,
    identitySecret: carol.identitySecret,
  });
  const forgedEvent = await sealMail(forged as ReturnType<typeof messageTo>, {
    reader: bobPrimary!,
    kind: KIND.message,
    createdAtS: nowMs / 1000,
    randomBytes,
  });
  const opening = openMail(forgedEvent, {
    identitySecret: bob.identitySecret,
    nowMs,
    verifyEd25519,
  });
  await assert.rejects(opening, hasCode("bad_signature"));
});

Deno.test("a message for somebody else is refused even when it was sealed to the reader", async () => {
  await assert.rejects(
    verifyMessage(messageTo(bobPrimary!), check(carolPrimary!)),
    hasCode("wrong_recipient"),
  );
});

Deno.test("freshness bounds hold to the millisecond for sent_at and to the second for created_at", async () => {
  const oldest = messageTo(bobPrimary!, nowMs - MAX_MESSAGE_AGE_MS);
  const newest = messageTo(bobPrimary!, nowMs + MAX_MESSAGE_AHEAD_MS);
  await verifyMessage(oldest, check(bobPrimary!));
  await verifyMessage(newest, check(bobPrimary!));
  const tooOld = messageTo(bobPrimary!, nowMs - MAX_MESSAGE_AGE_MS - 1);
  const tooNew = messageTo(bobPrimary!, nowMs + MAX_MESSAGE_AHEAD_MS + 1);
  await assert.rejects(verifyMessage(tooOld, check(bobPrimary!)), hasCode("stale"));
  await assert.rejects(verifyMessage(tooNew, check(bobPrimary!)), hasCode("from_future"));
  const fresh = messageTo(bobPrimary!);
  const oldEventS = (nowMs - MAX_MESSAGE_AGE_MS) / 1000 - 1;
  await assert.rejects(verifyMessage(fresh, check(bobPrimary!, oldEventS)), hasCode("stale"));
  const newEventS = (nowMs + MAX_MESSAGE_AHEAD_MS) / 1000 + 1;
  await assert.rejects(verifyMessage(fresh, check(bobPrimary!, newEventS)), hasCode("from_future"));
});

Deno.test("any changed member of an ack breaks it, and a year does not", async () => {
  const ack = signAck(
    {
      to: alicePrimary!,
      eventId: "ab".repeat(32),
      messageId: id,
      ackedAtMs: nowMs - 400 * 86_400_000,
    },
    bob.identitySecret,
  );
  const context = { reader: alicePrimary!, verifyEd25519 };
  assert.deepEqual(await verifyAck(ack, context), ack);
  for (const payload of mutations(ack.payload)) {
    await assert.rejects(verifyAck({ ...ack, payload }, context));
  }
});

Deno.test("an ack re-signed over another event's kez_sig is refused", async () => {
  const ack = signAck({
    to: alicePrimary!,
    eventId: "ab".repeat(32),
    messageId: id,
    ackedAtMs: nowMs,
  }, bob.identitySecret);
  const payload = { ...ack.payload, event_id: "cd".repeat(32) };
  const moved = signDocument("ack", { payload, identitySecret: bob.identitySecret });
  await assert.rejects(
    verifyAck(moved, { reader: alicePrimary!, verifyEd25519 }),
    hasCode("bad_signature"),
  );
});

const digest = "ab".repeat(32);
const key = "A".repeat(43);
const attachment = {
  kind: "attachment",
  url: "https://a/b",
  sha256: digest,
  key,
  nonce: "A".repeat(16),
  name: "a",
  mime: "b",
  size: 0,
};
const goodBodies: Record<string, unknown>[] = [
  { kind: "text", text: "a", reply_to: id, expires_in: 60 },
  attachment,
  { ...attachment, width: 1, height: 2, thumbhash: "x", duration_ms: 0, caption: "" },
  { kind: "reaction", target: id, emoji: "👩‍👩‍👧" },
  { kind: "reaction", target: id, emoji: "" },
  { kind: "edit", target: id, text: "b" },
  { kind: "delete", target: id },
  { kind: "receipt", status: "read", targets: [id] },
  { kind: "profile_key", salt: "0".repeat(32), key },
  { kind: "sync", state: { accepted: [] } },
];
for (const body of goodBodies) {
  Deno.test(`a body of kind ${body.kind} with ${Object.keys(body).length} members is read`, () => {
    assert.deepEqual(parseMessageBody(body), body);
    assert.ok(isKnownBody(parseMessageBody(body)));
  });
}

Deno.test("a body of an unknown kind passes with its fallback", () => {
  const body = parseMessageBody({ kind: "poll", fallback: "A poll", options: [1] });
  assert.ok(!isKnownBody(body) && body.fallback === "A poll");
});

const badBodies: unknown[] = [
  null,
  "text",
  {},
  { kind: 1 },
  { kind: "text" },
  { kind: "text", text: "" },
  { kind: "text", text: 5 },
  { kind: "text", text: "a", reply_to: "short" },
  { kind: "text", text: "a", expires_in: 0 },
  { kind: "text", text: "a", fallback: 1 },
  { kind: "reaction", target: id, emoji: "ab" },
  { kind: "reaction", target: id.toUpperCase(), emoji: "a" },
  { ...attachment, key: "AAAA" },
  { ...attachment, sha256: "ab" },
  { ...attachment, size: -1 },
  { kind: "receipt", status: "seen", targets: [] },
  { kind: "sync", state: [] },
  { kind: "poll", fallback: 7 },
];
for (const body of badBodies) {
  Deno.test(`the body ${JSON.stringify(body)?.slice(0, 60)} is malformed`, () => {
    assert.throws(() => parseMessageBody(body), hasCode("malformed"));
  });
}

Deno.test("safety numbers are the known ones, the same from both sides", () => {
  for (
    const { a, b, number } of readVectors<{ a: string; b: string; number: string }[]>(
      "safety_number",
    )
  ) {
    assert.equal(safetyNumber(a, b), number);
    assert.equal(safetyNumber(b, a), number);
  }
});
