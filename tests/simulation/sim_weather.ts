import { verifyEd25519 } from "../../protocol/ed25519.ts";
import { openMail } from "../../protocol/mail.ts";
import { addrOf } from "../../protocol/addr.ts";
import { KIND, type NostrEvent, tagValue } from "../../protocol/nostr_event.ts";
import type { Fault } from "../support/faulty_relay/fault.ts";
import type { FaultyRelay } from "../support/faulty_relay/faulty_relay.ts";
import { forgeAcks, forgeMail } from "../support/faulty_relay/forgeries.ts";
import {
  adding,
  lyingAboutEose,
  replayingAndReordering,
  requiringAuth,
} from "../support/faulty_relay/read_faults.ts";
import { slow } from "../support/faulty_relay/slow.ts";
import { dyingInMidSend, refusing, silent } from "../support/faulty_relay/write_faults.ts";
import type { Random } from "../support/random.ts";
import { type SimWorld, SPEED } from "./sim_world.ts";

/** What becomes of the relays. */
export interface Weather {
  /** How often each kind of it came, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** Lifts all faults, and wakes the dead. */
  clear(): Promise<void>;
}

const MIN_SPELL_MS = 1_500;
const MAX_SPELL_MS = 5_000;
const REFUSALS = ["blocked: not here", "restricted: members only", "auth-required: who are you?"];

/** Gives each relay one spell of weather after another. */
export function startWeather(
  { world, random, pause }: {
    world: SimWorld;
    random: Random;
    /** Resolves to false once it is over. */
    pause(ms: number): Promise<boolean>;
  },
): Weather {
  const counts: Record<string, number> = {};
  const forged = new Map<string, NostrEvent[]>();
  /** One relay at a time refuses: where all do, mail is given back to its writer, who has to ask anew. */
  let refusingRelay: FaultyRelay | null = null;

  /** One lies all the time, whatever else it does. */
  const liar = random.pick(world.relays);
  const lies = [adding((reader) => forged.get(reader) ?? []), forgingAcks()];

  const kinds: Record<string, () => Fault[]> = {
    fair: () => [],
    refusing: () => [refusing(random.pick(REFUSALS))],
    rateLimiting: () => [refusing("rate-limited: slow down")],
    requiringAuth: () => [requiringAuth()],
    slow: () => [slow(random, { maxDelayMs: 4_000 / SPEED })],
    verySlow: () => [slow(random, { maxDelayMs: 25_000 / SPEED })],
    mute: () => [slow(random, { maxDelayMs: Infinity })],
    silent: () => [silent()],
    dyingBefore: () => [dyingInMidSend({ isStored: false })],
    dyingAfter: () => [dyingInMidSend({ isStored: true })],
    replaying: () => [replayingAndReordering(random)],
    lying: () => [lyingAboutEose()],
    worst: () => [
      requiringAuth(),
      slow(random, { maxDelayMs: 1_000 / SPEED }),
      replayingAndReordering(random),
    ],
    dead: () => [],
  };

  async function rule(relay: FaultyRelay): Promise<void> {
    for (;;) {
      const name = random.oneIn(4) ? "fair" : random.pick(Object.keys(kinds));
      if (name === "refusing" && refusingRelay) continue;
      refusingRelay = name === "refusing" ? relay : refusingRelay === relay ? null : refusingRelay;
      counts[name] = (counts[name] ?? 0) + 1;
      if (relay === liar) await forgeMore();
      relay.behave(...(relay === liar ? lies : []), ...kinds[name]!());
      if (name === "dead") await relay.die();
      const goesOn = await pause(MIN_SPELL_MS + random.int(MAX_SPELL_MS - MIN_SPELL_MS));
      if (name === "dead") await relay.revive();
      if (!goesOn) return relay.behave();
    }
  }

  /** Makes up mail to everybody, in the name of somebody else. */
  async function forgeMore(): Promise<void> {
    const { people } = world;
    for (const { primary } of people) {
      const inNameOf = random.pick(people).primary;
      forged.set(
        addrOf(primary),
        await forgeMail({ reader: primary, inNameOf, nowMs: world.nowMs() }),
      );
    }
  }

  /** Acks much of what comes, at once and wrongly. */
  function forgingAcks(): Fault {
    return {
      fromClient(frame, { pass }) {
        pass(frame);
        const isMail = frame.type === "EVENT" && frame.event.kind === KIND.message;
        if (!isMail || !random.oneIn(3)) return;
        void acksOf(frame.event).then((acks) => acks.forEach(liar.plant));
      },
    };
  }

  async function acksOf(event: NostrEvent): Promise<NostrEvent[]> {
    const reader = world.people.find(({ addr }) => addr === tagValue(event, "q"));
    if (!reader) return [];
    const { identitySecret } = reader.secrets;
    const nowMs = world.nowMs();
    const opened = await openMail(event, { identitySecret, nowMs, verifyEd25519 });
    if (opened.type !== "message") return [];
    const { from, id } = opened.message.payload;
    const name = { eventId: event.id, messageId: id };
    return await forgeAcks({ sender: from, peerSecret: identitySecret, ...name, nowMs });
  }

  const spells = world.relays.map(rule);
  return {
    counts,
    clear: async () => void await Promise.all(spells),
  };
}
