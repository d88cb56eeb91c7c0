import "fake-indexeddb/auto";
import { nostrPubkeyOf, primaryOf } from "../../../../protocol/identity.ts";
import type { NostrEvent } from "../../../../protocol/nostr_event.ts";
import { createDelivery } from "../../../../client/chats/outgoing/delivery.ts";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import { type Ledger, openLedger } from "../../../../client/chats/ledger.ts";
import { createOutbound } from "../../../../client/chats/outgoing/outbound.ts";
import { createOutbox, type Outbox } from "../../../../client/chats/outgoing/outbox.ts";
import { openRelayRefusals } from "../../../../client/chats/relays/relay_refusals.ts";
import type { PublishAnswer } from "../../../../client/relays/publisher.ts";
import type { Change } from "../../../../client/storage/chat_changes.ts";
import { createChatStorage } from "../../../../client/storage/chat_storage.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { makeMail } from "../../../relay/support/events.ts";
import { within } from "../../../support/within.ts";
import { createFakeEnvironment } from "../relays/fake_environment.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

export const TAKEN: PublishAnswer = { accepted: true, message: "" };
export const AWAY: PublishAnswer = { accepted: false, message: "error: no answer" };
export const MINUTE_MS = 60_000;

const identitySecret = randomBytes(32);
const ownKey = randomBytes(32);
export const ownPubkey = nostrPubkeyOf(ownKey);
export const me = primaryOf(identitySecret);
export const bob = primaryOf(randomBytes(32));
export const carol = primaryOf(randomBytes(32));
export const homeRelay = "wss://home.test/";

/** An attempt to publish that waits for the test's answer. */
interface Attempt {
  url: string;
  event: NostrEvent;
  lane: string;
  answer(answer: PublishAnswer): void;
}

/** An outbox over a real storage, with relays played by the test. */
export async function setUp(relays: Record<string, string[]> = {}, own = [homeRelay]) {
  const environment = createFakeEnvironment();
  const { nowMs } = environment;
  const database = await openDatabase(crypto.randomUUID());
  const storage = createChatStorage({ database, sealer: await createSealer(randomBytes(32)) });
  const commit = (changes: Change[]) =>
    failing.committing ? Promise.reject(failing.committing) : storage.commit(changes);
  const ledger = await openLedger({ storage: { ...storage, commit }, nowMs });
  const attempts: Attempt[] = [];
  const stuck: string[] = [];
  const faults: unknown[] = [];
  const consent = { usesOwnKey: false };
  let failing: { sealing?: Error; committing?: Error } = {};
  let tell = () => {};
  for (const primary of [me, bob, carol]) {
    const contact = {
      handle: primary.slice(-4),
      server: "home.test",
      relays: relays[primary] ?? [homeRelay],
    };
    const conversation = emptyConversation({ primary, state: "accepted", contact, nowMs: nowMs() });
    await ledger.commit([{ put: "conversation", conversation }]);
  }
  const outbox: Outbox = createOutbox({
    ledger,
    environment,
    account: { primary: me },
    delivery: createDelivery({
      ledger,
      account: { primary: me, homeRelay },
      ownRelays: () => own,
      usesOwnKey: () => consent.usesOwnKey,
      refusals: await openRelayRefusals({
        ledger,
        nowMs,
        onChange() {},
        onFault: (error) => faults.push(error),
      }),
      publisher: {
        publish: (url, { event, lane }) =>
          new Promise((answer) => {
            attempts.push({ url, event, lane, answer });
            tell();
          }),
      },
    }),
    seal: ({ reader }, { kind, isOwnKey }) =>
      failing.sealing
        ? Promise.reject(failing.sealing)
        : Promise.resolve(makeMail(reader.slice(8), { kind, ...isOwnKey && { secret: ownKey } })),
    onStuck(primary) {
      stuck.push(primary);
      tell();
    },
    onHeld() {},
    onFault: (error) => faults.push(error),
  });
  const account = { primary: me, fqhn: "alice@home.test" };
  const outbound = createOutbound({
    ledger,
    outbox,
    account,
    identitySecret,
    chainHead: () => null,
    randomBytes,
    nowMs,
  });
  const untilSo = async (what: string, isSo: () => boolean): Promise<void> => {
    const waiting = async () => {
      while (!isSo()) await new Promise<void>((resolve) => tell = resolve);
    };
    await within(waiting(), { what, maxMs: 5_000 });
  };
  return {
    environment,
    ledger,
    outbox,
    stuck,
    faults,
    consent,
    fail: (how: typeof failing) => failing = how,
    attempts,
    /** Ends what is being written, then the longest wait of a self-copy. */
    async passCopyDelay() {
      await ledger.write(() => Promise.resolve());
      environment.pass(4_000);
    },
    async send(peer: string, text: string) {
      const draft = outbound.draft({ peer, content: { kind: "text", text } });
      await outbound.queue(draft);
      return draft.record;
    },
    async nextAttempt(): Promise<Attempt> {
      await untilSo("attempt to publish", () => attempts.length > 0);
      return attempts.shift()!;
    },
    /** Ends when the outbox has told of each of these, and of nobody else, that what is for them finds no way. */
    untilStuck: (primaries: readonly string[]) =>
      untilSo(
        "stuck entries",
        () => new Set(stuck).symmetricDifference(new Set(primaries)).size === 0,
      ),
    until: (what: string, isSo: () => Promise<boolean>) => untilCommit(ledger, { what, isSo }),
    async [Symbol.asyncDispose]() {
      outbox.stop();
      await ledger.close();
      database.close();
    },
  };
}

async function untilCommit(
  ledger: Ledger,
  { what, isSo }: { what: string; isSo: () => Promise<boolean> },
): Promise<void> {
  const waiting = async () => {
    for (;;) {
      let end = () => {};
      const next = new Promise<void>((resolve) => end = ledger.onCommit(() => resolve()));
      if (await isSo()) return end();
      await next;
      end();
    }
  };
  await within(waiting(), { what, maxMs: 5_000 });
}

export const statusIs =
  (ledger: Ledger, name: { from: string; id: string }, status: string) => async () =>
    (await ledger.storage.message(name))?.status === status;
