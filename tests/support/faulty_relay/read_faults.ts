import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { type Random, shuffle } from "../random.ts";
import type { Fault, Link } from "./fault.ts";

/** Gives nothing to a connection that has not AUTHed; `isMember` says whose AUTH counts. (NIP-42) */
export function requiringAuth(isMember: (pubkey: string) => boolean = () => true): Fault {
  const challenged = new WeakSet<Link>();
  function challenge(link: Link): void {
    challenged.add(link);
    link.send({ type: "AUTH", challenge: crypto.randomUUID() });
  }
  return {
    fromClient(frame, { link, pass }) {
      if (frame.type === "AUTH" && !isMember(frame.event.pubkey)) {
        const message = "restricted: members only";
        return link.send({ type: "OK", eventId: frame.event.id, accepted: false, message });
      }
      if (frame.type !== "REQ" || link.authed.size > 0) return pass(frame);
      if (!challenged.has(link)) challenge(link);
      link.send({ type: "CLOSED", id: frame.id, message: "auth-required: who are you?" });
    },
  };
}

/** Closes every subscription with these words. */
export function refusingToRead(message: string): Fault {
  return {
    fromClient(frame, { link, pass }) {
      if (frame.type === "REQ") link.send({ type: "CLOSED", id: frame.id, message });
      else pass(frame);
    },
  };
}

/** Sends what is stored in any order and partly twice, some of it again after EOSE, and live events twice. */
export function replayingAndReordering(random: Random): Fault {
  const pages = new WeakMap<Link, Map<string, NostrEvent[]>>();
  const pagesOf = (link: Link) => {
    const known = pages.get(link) ?? new Map<string, NostrEvent[]>();
    pages.set(link, known);
    return known;
  };
  return {
    fromClient(frame, { link, pass }) {
      if (frame.type === "REQ") pagesOf(link).set(frame.id, []);
      pass(frame);
    },
    fromRelay(frame, { link, pass }) {
      const page = "id" in frame ? pagesOf(link).get(frame.id) : undefined;
      if (frame.type === "EVENT" && page) page.push(frame.event);
      else if (frame.type === "EVENT") [frame, frame].forEach(pass);
      else if (frame.type === "EOSE" && page) {
        pagesOf(link).delete(frame.id);
        const send = (event: NostrEvent) => pass({ type: "EVENT", id: frame.id, event });
        shuffle([...page, ...random.some(page)], random).forEach(send);
        pass(frame);
        shuffle(random.some(page), random).forEach(send);
      } else pass(frame);
    },
  };
}

/** Says that all was sent before anything was; what is stored comes after, as if it were new. */
export function lyingAboutEose(): Fault {
  const ended = new WeakMap<Link, Set<string>>();
  return {
    fromClient(frame, { link, pass }) {
      if (frame.type === "REQ") {
        ended.set(link, (ended.get(link) ?? new Set()).add(frame.id));
        link.send({ type: "EOSE", id: frame.id });
      }
      pass(frame);
    },
    fromRelay(frame, { link, pass }) {
      if (frame.type === "EOSE" && ended.get(link)?.delete(frame.id)) return;
      pass(frame);
    },
  };
}

/** Sends these besides what is stored: before EOSE, and after it as if they were new. */
export function adding(eventsFor: (reader: string) => readonly NostrEvent[]): Fault {
  const readers = new WeakMap<Link, string>();
  return {
    fromClient(frame, { link, pass }) {
      const reader = frame.type === "REQ" && frame.filters[0]?.tags.get("q")?.[0];
      if (reader) readers.set(link, reader);
      pass(frame);
    },
    fromRelay(frame, { link, pass }) {
      const reader = readers.get(link);
      if (frame.type !== "EOSE" || reader === undefined) return pass(frame);
      const add = () => {
        for (const event of eventsFor(reader)) pass({ type: "EVENT", id: frame.id, event });
      };
      add();
      pass(frame);
      add();
    },
  };
}
