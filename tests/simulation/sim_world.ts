import type { Directory } from "../../client/chats/people/contact_book.ts";
import type { ResolvedContact } from "../../client/contacts/resolve.ts";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { UserError } from "../../client/user_error.ts";
import { type FaultyRelay, startFaultyRelay } from "../support/faulty_relay/faulty_relay.ts";
import type { Random } from "../support/random.ts";
import {
  createPerson,
  type Device,
  HOME,
  openDevice,
  type Person,
} from "../unit/client/chats/world.ts";

/** The clock and all waits of the app run so many times faster than the test's. */
export const SPEED = 10;
const MAX_DEVICES = 2;
/** Relays cut their answers at different lengths. */
const PAGE_LIMITS = [500, 120, 200, 100];

/** One device of somebody, over all its lives. */
export interface Seat {
  readonly name: string;
  readonly person: Person;
  /** Null while it restarts. */
  device: Device | null;
}

/** Several relays, people who read them all, and their devices. */
export interface SimWorld extends AsyncDisposable {
  readonly relays: readonly FaultyRelay[];
  /** Every event that a client sent to any relay, and when, as `performance.now()` counts. */
  readonly received: readonly { event: NostrEvent; atMs: number }[];
  readonly people: readonly Person[];
  readonly seats: readonly Seat[];
  seatsOf(person: Person): Seat[];
  /** Milliseconds since 1970 of the people's clocks. */
  nowMs(): number;
  /** Everybody sleeps, and their devices with them. */
  sleep(durationMs: number): void;
}

/** Starts a world whose people have one or two devices each. */
export async function startSimWorld(
  { random, clients, relayCount = 4 }: { random: Random; clients: number; relayCount?: number },
): Promise<SimWorld> {
  const received: SimWorld["received"][number][] = [];
  const onReceived = (event: NostrEvent) => void received.push({ event, atMs: performance.now() });
  const limits = Array.from({ length: relayCount }, (_, i) => PAGE_LIMITS[i % PAGE_LIMITS.length]);
  const relays = await Promise.all(
    limits.map((maxLimit) => startFaultyRelay({ maxLimit, onReceived })),
  );
  const begunMs = performance.now();
  let offsetMs = Date.now();
  const nowMs = () => Math.floor(offsetMs + (performance.now() - begunMs) * SPEED);
  const people = Array.from({ length: clients }, (_, i) => createPerson(`person${i}`));
  const homeOf = (i: number) => relays[i % relays.length]!.url;
  const registry = people.map((person, i) => contactOf(person, [homeOf(i), homeOf(i + 1)]));
  const devices = new Set<Device>();
  const seats: Seat[] = [];

  for (const [i, person] of people.entries()) {
    for (let at = 0; at <= random.int(MAX_DEVICES); at++) {
      const device = await openDevice(person, {
        environment: {
          setTimer(callback, delayMs) {
            const timer = setTimeout(callback, delayMs / SPEED);
            return () => clearTimeout(timer);
          },
          random: () => random.int(2 ** 20) / 2 ** 20,
        },
        nowMs,
        defaultRelays: () => Promise.resolve(relays.map(({ url }) => url)),
        directory: directoryOf(registry),
        homeRelay: homeOf(i),
        devices,
      });
      seats.push({ name: `${person.handle}/${at}`, person, device });
    }
  }
  return {
    relays,
    received,
    people,
    seats,
    seatsOf: (person) => seats.filter((seat) => seat.person === person),
    nowMs,
    sleep: (durationMs) => void (offsetMs += durationMs),
    async [Symbol.asyncDispose]() {
      await Promise.all([...devices].map((device) => device[Symbol.asyncDispose]()));
      await Promise.all(relays.map((relay) => relay.die()));
    },
  };
}

function contactOf({ handle, primary, addr }: Person, relays: string[]): ResolvedContact {
  const fqhn = `${handle}@${HOME}`;
  return {
    primary,
    addr,
    handle,
    server: HOME,
    fqhn,
    relays: [...new Set(relays)],
    nostr: null,
    sigchainUrl: null,
  };
}

function directoryOf(registry: readonly ResolvedContact[]): Directory {
  return {
    resolve(input) {
      const found = registry.find(({ handle }) => handle === input.split("@")[0]);
      return found ? Promise.resolve(found) : Promise.reject(new UserError("unknown_handle"));
    },
    lookUpPrimary: (primary) =>
      Promise.resolve(registry.find((one) => one.primary === primary) ?? null),
  };
}
