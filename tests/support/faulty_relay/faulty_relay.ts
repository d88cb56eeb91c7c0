import type { Buffer } from "node:buffer";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { type Filter, matchesFilter } from "../../../protocol/nostr_filter.ts";
import {
  type ClientFrame,
  encodeRelayFrame,
  parseClientFrame,
  type RelayFrame,
} from "../../../protocol/nostr_wire.ts";
import type { Fault, Link } from "./fault.ts";
import { createRelayCore } from "./relay_core.ts";

/** A relay that misbehaves as it is told, on a port of loopback. Without faults it is one that takes everything. */
export interface FaultyRelay extends AsyncDisposable {
  readonly url: string;
  /** Everything that it keeps, in the order of arrival. */
  readonly events: readonly NostrEvent[];
  /** Every event that a client sent, taken or not, in the order of arrival. */
  readonly received: readonly NostrEvent[];
  /** Resolves once clients have sent so many events of a kind. */
  eventsOf(kind: number, count: number): Promise<void>;
  /** Every connection that was ever opened. */
  readonly links: readonly LinkRecord[];
  /** From now on it has these faults, on open connections too; none is a relay as it should be. */
  behave(...faults: Fault[]): void;
  /** Takes an event that no client sent, and gives it to those who listen. */
  plant(event: NostrEvent): void;
  /** Forgets what it keeps. */
  clear(): void;
  /** Dies: cuts every connection, and lets nobody connect. */
  die(): Promise<void>;
  /** Comes back on the same port, with what it keeps. */
  revive(): Promise<void>;
}

/** What was done over a connection. */
export interface LinkRecord {
  readonly authed: ReadonlySet<string>;
  readonly sentEvents: readonly NostrEvent[];
  readonly isOpen: boolean;
}

interface OpenLink extends Link {
  authed: Set<string>;
  sentEvents: NostrEvent[];
  subscriptions: Map<string, Filter[]>;
  isOpen: boolean;
}

/**
 * Starts a relay: `await using relay = await startFaultyRelay({ faults: [refusing("blocked: no")] })`.
 *
 * @param maxLimit most events that one filter gets, whatever it asks for
 * @param greets false for a relay that sends no challenge
 * @param onReceived called with every event that a client sends, before anything becomes of it
 */
export async function startFaultyRelay(
  { faults: first = [], maxLimit = 500, greets = true, onReceived = () => {} }: {
    faults?: Fault[];
    maxLimit?: number;
    greets?: boolean;
    onReceived?: (event: NostrEvent) => unknown;
  } = {},
): Promise<FaultyRelay> {
  const core = createRelayCore({ maxLimit });
  const received: NostrEvent[] = [];
  const waiting = new Set<() => void>();
  const links: OpenLink[] = [];
  const everFaults = new Set(first);
  let faults = first;
  let port = 0;
  let server: WebSocketServer | null = null;

  async function listen(): Promise<void> {
    const next = new WebSocketServer({ host: "127.0.0.1", port, perMessageDeflate: false });
    next.on("connection", onConnection);
    await new Promise<void>((resolve, reject) => {
      next.once("error", reject);
      next.once("listening", resolve);
    });
    server = next;
    port = (next.address() as AddressInfo).port;
  }

  async function die(): Promise<void> {
    const dying = server;
    server = null;
    if (!dying) return;
    const closed = new Promise((resolve) => dying.close(resolve));
    for (const socket of dying.clients) socket.terminate();
    await closed;
  }

  function onConnection(socket: WebSocket): void {
    const link = openLink(socket);
    links.push(link);
    socket.on("error", () => {});
    socket.on("close", () => {
      link.isOpen = false;
      link.subscriptions.clear();
      for (const fault of everFaults) fault.onClose?.(link);
    });
    socket.on("message", (data: Buffer) => {
      const frame = parseClientFrame(data.toString());
      if (frame.type === "EVENT") {
        received.push(frame.event);
        onReceived(frame.event);
        for (const check of waiting) check();
        link.sentEvents.push(frame.event);
      }
      fromClient(frame, { link, at: 0 });
    });
    if (greets) say({ type: "AUTH", challenge: crypto.randomUUID() }, link);
  }

  function fromClient(frame: ClientFrame, { link, at }: { link: OpenLink; at: number }): void {
    if (!link.isOpen) return;
    const fault = faults[at];
    if (!fault) return serve(frame, link);
    const pass = (next: ClientFrame) => fromClient(next, { link, at: at + 1 });
    return fault.fromClient ? fault.fromClient(frame, { link, pass }) : pass(frame);
  }

  function say(frame: RelayFrame, link: OpenLink, at = faults.length - 1): void {
    const fault = faults[at];
    if (!fault) return link.send(frame);
    const pass = (next: RelayFrame) => say(next, link, at - 1);
    return fault.fromRelay ? fault.fromRelay(frame, { link, pass }) : pass(frame);
  }

  function serve(frame: ClientFrame, link: OpenLink): void {
    switch (frame.type) {
      case "EVENT": {
        const isNew = take(frame.event);
        const message = isNew ? "" : "duplicate: already have this event";
        return say({ type: "OK", eventId: frame.event.id, accepted: true, message }, link);
      }
      case "AUTH":
        link.authed.add(frame.event.pubkey);
        return say({ type: "OK", eventId: frame.event.id, accepted: true, message: "" }, link);
      case "REQ":
        link.subscriptions.set(frame.id, frame.filters);
        for (const event of core.query(frame.filters)) {
          say({ type: "EVENT", id: frame.id, event }, link);
        }
        return say({ type: "EOSE", id: frame.id }, link);
      case "CLOSE":
        link.subscriptions.delete(frame.id);
        return;
      default:
        return say({ type: "NOTICE", message: "error: not supported" }, link);
    }
  }

  function take(event: NostrEvent): boolean {
    const isNew = core.add(event);
    if (!isNew) return false;
    for (const link of links) {
      for (const [id, filters] of link.subscriptions) {
        const fits = filters.some((filter) => matchesFilter(filter, event));
        if (fits) say({ type: "EVENT", id, event }, link);
      }
    }
    return true;
  }

  await listen();
  return {
    url: `ws://127.0.0.1:${port}/`,
    get events() {
      return core.events;
    },
    received,
    eventsOf: (kind, count) =>
      new Promise((resolve) => {
        const check = () => {
          if (received.filter((event) => event.kind === kind).length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    links,
    behave(...next) {
      faults = next;
      next.forEach((fault) => everFaults.add(fault));
    },
    plant: (event) => void take(event),
    clear: () => core.clear(),
    die,
    revive: listen,
    [Symbol.asyncDispose]: die,
  };
}

function openLink(socket: WebSocket): OpenLink {
  const link: OpenLink = {
    authed: new Set(),
    sentEvents: [],
    subscriptions: new Map(),
    isOpen: true,
    send: (frame) => link.isOpen && socket.send(encodeRelayFrame(frame)),
    cut() {
      link.isOpen = false;
      link.subscriptions.clear();
      socket.terminate();
    },
  };
  return link;
}
