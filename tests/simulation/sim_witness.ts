import type { MessageStatus, MessageView } from "../../client/chats/model/message_model.ts";
import { FORGED_TEXT } from "../support/faulty_relay/forgeries.ts";
import type { Device, Person } from "../unit/client/chats/world.ts";
import type { Seat, SimWorld } from "./sim_world.ts";

/** A message that somebody meant to send. Its text is in no other one. */
export interface Sent {
  text: string;
  from: Person;
  to: Person;
  seat: Seat;
  /** True once the app said that it is queued on disk; before that a crash may take it. */
  isQueued: boolean;
  /** True where the recipient had blocked the sender for good before it was written. */
  isAfterBlock: boolean;
}

/** An own message that a device showed as delivered or read. */
export interface Confirmed {
  where: string;
  from: string;
  to: string;
  id: string;
  atMs: number;
}

/** Knows what was meant, looks at everything that any device shows, and remembers what should not be. */
export interface Witness {
  readonly sent: ReadonlyMap<string, Sent>;
  readonly violations: readonly string[];
  /** When a device first showed that a message had arrived, as `performance.now()` counts. */
  readonly confirmed: readonly Confirmed[];
  write(message: Sent): void;
  /** Watches a life of a device. */
  watch(seat: Seat, device: Device): void;
  complain(words: string): void;
}

const NEXT: Record<MessageStatus, readonly MessageStatus[]> = {
  sending: ["sent", "delivered", "read", "failed"],
  failed: ["sending", "sent", "delivered", "read"],
  sent: ["delivered", "read"],
  delivered: ["read"],
  read: [],
};

/** A witness of a world. */
export function createWitness({ people }: Pick<SimWorld, "people">): Witness {
  const sent = new Map<string, Sent>();
  const violations: string[] = [];
  const confirmed: Confirmed[] = [];
  /** By seat and message: what was shown last. */
  const statuses = new Map<string, MessageStatus>();

  function complain(words: string): void {
    if (violations.length < 50) violations.push(words);
  }

  function look(seat: Seat, { view, primary }: { view: MessageView; primary: string }): void {
    const { text, isOwn, key, status } = view;
    const where = `${seat.name}, with ${nameOf(primary)}: ${JSON.stringify(text)}`;
    if (text === FORGED_TEXT) return complain(`forged mail is shown at ${where}`);
    const meant = sent.get(text);
    if (!meant) return complain(`nobody wrote what is shown at ${where}`);
    const [author, other] = isOwn ? [seat.person.primary, primary] : [primary, seat.person.primary];
    if (meant.from.primary !== author || meant.to.primary !== other) {
      complain(`${meant.from.handle} wrote to ${meant.to.handle} what is shown at ${where}`);
    }
    if (!isOwn && meant.isAfterBlock) complain(`a blocked sender is shown at ${where}`);
    if (status === null) return;
    const name = `${seat.name} ${key}`;
    const before = statuses.get(name);
    if (before !== undefined && before !== status && !NEXT[before].includes(status)) {
      complain(`${before} became ${status} at ${where}`);
    }
    if (before !== status && (status === "delivered" || status === "read")) {
      const atMs = performance.now();
      const words = `${status} at ${where}`;
      confirmed.push({ where: words, from: author, to: other, id: view.id, atMs });
    }
    statuses.set(name, status);
  }

  const nameOf = (primary: string) =>
    people.find((person) => person.primary === primary)?.handle ?? primary;

  function watch(seat: Seat, device: Device): void {
    const watched = new Set<string>();
    const seen = new WeakSet<MessageView>();

    async function follow(primary: string): Promise<void> {
      const thread = await device.open(primary);
      const check = () => {
        const fresh = thread.messages.filter((view) => !seen.has(view));
        for (const view of fresh) {
          seen.add(view);
          look(seat, { view, primary });
        }
        const keys = new Set(thread.messages.map(({ key }) => key));
        if (keys.size < thread.messages.length) complain(`a message twice at ${seat.name}`);
      };
      thread.onChange(check);
      check();
    }

    const followNew = () => {
      for (const { primary } of device.chats.conversations) {
        if (watched.has(primary)) continue;
        watched.add(primary);
        // A device may end before its thread is open.
        follow(primary).catch(() => watched.delete(primary));
      }
    };
    device.chats.onChange(followNew);
    followNew();
  }

  return {
    sent,
    violations,
    confirmed,
    write: (message) => void sent.set(message.text, message),
    watch,
    complain,
  };
}
