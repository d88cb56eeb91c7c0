import { type Random, shuffle } from "../support/random.ts";
import type { Device, Person } from "../unit/client/chats/world.ts";
import type { Seat, SimWorld } from "./sim_world.ts";
import type { Sent, Witness } from "./sim_witness.ts";

/** How two people stand: the second accepts at once, later, or blocks the first one. */
export interface Relation {
  first: Person;
  second: Person;
  kind: "friends" | "late" | "blocked";
  /** True once the second has answered for good. */
  isAnswered: boolean;
  /** When the second began to accept the first, as `performance.now()` counts; before, nothing may be acked. */
  acceptedAtMs: number;
}

/** What people do with their devices. */
export interface Company {
  readonly relations: readonly Relation[];
  /** Somebody writes something to somebody. */
  write(): void;
  /** Somebody answers a request that waits. */
  answerOne(): Promise<void>;
  answerAll(): Promise<void>;
  /** Something happens to one device for a while; does nothing where something does already. */
  disturb(pause: (ms: number) => Promise<boolean>): Promise<void>;
  /** Ends a device in one way or the other, and starts it again. */
  restart(seat: Seat, how: "reload" | "crash"): Promise<void>;
}

const MAX_OFFLINE_MS = 5_000;

/** Introduces everybody to everybody. */
export async function gather(
  { world, witness, random }: { world: SimWorld; witness: Witness; random: Random },
): Promise<Company> {
  const relations = shuffle(pairsOf(world.people), random).map(([a, b], at): Relation => {
    const [first, second] = random.oneIn(2) ? [a, b] : [b, a];
    const kind = at % 5 === 0 ? "late" : at % 10 === 1 ? "blocked" : "friends";
    const isAnswered = kind === "friends";
    return { first, second, kind, isAnswered, acceptedAtMs: isAnswered ? 0 : Infinity };
  });
  const disturbed = new Set<Seat>();
  let written = 0;

  async function begin({ first, second, kind }: Relation): Promise<void> {
    await onEachDevice(first, (device) => device.chats.startChat(second.handle));
    if (kind !== "friends") return;
    await onEachDevice(second, (device) => device.chats.startChat(first.handle));
  }

  /** Does something on all devices of a person, also on those that are about to restart. */
  async function onEachDevice(
    person: Person,
    act: (device: Device) => Promise<unknown>,
  ): Promise<void> {
    for (const seat of world.seatsOf(person)) {
      for (;;) {
        const { device } = seat;
        if (device) {
          try {
            await act(device);
            break;
          } catch (error) {
            if (seat.device === device) throw error;
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async function answer(relation: Relation): Promise<void> {
    const { first, second, kind } = relation;
    if (kind === "late") {
      relation.acceptedAtMs = performance.now();
      await onEachDevice(second, async ({ chats }) => {
        await chats.startChat(first.handle);
        await chats.accept(first.primary);
      });
    } else {
      await onEachDevice(second, async ({ chats }) => {
        const isKnown = chats.conversations.some(({ primary }) => primary === first.primary);
        if (!isKnown) {
          relation.acceptedAtMs = performance.now();
          await chats.startChat(first.handle);
        }
        await chats.block(first.primary);
      });
    }
    relation.isAnswered = true;
  }

  for (const relation of relations) await begin(relation);

  function write(): void {
    const relation = random.pick(relations);
    const { first, second, kind, isAnswered } = relation;
    // Who has not answered does not write; who has blocked does not either.
    const isBack = isAnswered && kind !== "blocked" && random.oneIn(2);
    const [from, to] = isBack ? [second, first] : [first, second];
    const isAfterBlock = isAnswered && kind === "blocked";
    const seat = random.pick(world.seatsOf(from));
    const { device } = seat;
    if (!device) return write();
    const text = `${++written} from ${from.handle} to ${to.handle}`;
    const message: Sent = { text, from, to, seat, isQueued: false, isAfterBlock };
    witness.write(message);
    void send(device, { message, to });
  }

  async function send(
    device: Device,
    { message, to }: { message: Sent; to: Person },
  ): Promise<void> {
    try {
      const thread = await device.open(to.primary);
      await thread.send(message.text);
      message.isQueued = true;
      thread.close();
    } catch (error) {
      // The device has ended meanwhile; whether it got to disk shows later.
      if (message.seat.device === device) {
        witness.complain(`${message.seat.name} could not send: ${error}`);
      }
    }
  }

  async function restart(seat: Seat, how: "reload" | "crash"): Promise<void> {
    const { device } = seat;
    if (!device) return;
    seat.device = null;
    const again = await device[how]();
    for (const fault of device.faults) witness.complain(`a fault at ${seat.name}: ${fault}`);
    witness.watch(seat, again);
    seat.device = again;
  }

  async function disturb(pause: (ms: number) => Promise<boolean>): Promise<void> {
    const seat = random.pick(world.seats);
    if (disturbed.has(seat)) return;
    disturbed.add(seat);
    const what = random.pick(["reload", "crash", "offline", "offline"] as const);
    if (what !== "offline") await restart(seat, what);
    else {
      seat.device?.setOnline(false);
      await pause(random.int(MAX_OFFLINE_MS));
      seat.device?.setOnline(true);
    }
    disturbed.delete(seat);
  }

  return {
    relations,
    write,
    async answerOne() {
      const waiting = relations.filter(({ isAnswered }) => !isAnswered);
      if (waiting.length > 0) await answer(random.pick(waiting));
    },
    async answerAll() {
      for (const relation of relations) if (!relation.isAnswered) await answer(relation);
    },
    disturb,
    restart,
  };
}

function pairsOf<T>(list: readonly T[]): [T, T][] {
  return list.flatMap((a, i) => list.slice(i + 1).map((b): [T, T] => [a, b]));
}
