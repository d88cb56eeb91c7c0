import type { Buffer } from "node:buffer";
import { type ClientOptions, WebSocket } from "ws";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { authEvent } from "./events.ts";

export type Frame = [string, ...unknown[]];

/** A client's end of a real socket, which remembers every frame until a test asks for it. */
export interface TestClient extends AsyncDisposable {
  challenge: string;
  socket: WebSocket;
  send(...frame: unknown[]): void;
  sendRaw(data: string | Uint8Array): void;
  /** The first unread frame that fits; waits for it. */
  next(fits?: (frame: Frame) => boolean): Promise<Frame>;
  /** Frames that came and were not asked for. */
  unread(): Frame[];
  /** Sends an EVENT and waits for its OK: [accepted, message]. */
  publish(event: NostrEvent): Promise<[boolean, string]>;
  /** Stored events of a REQ up to EOSE; the subscription stays open. Throws where it is CLOSED. */
  subscribe(id: string, ...filters: unknown[]): Promise<NostrEvent[]>;
  /** The same, and closes the subscription. */
  query(...filters: unknown[]): Promise<NostrEvent[]>;
  /** Sends a REQ that must be refused, and gives the words of CLOSED. */
  refusedReq(...filters: unknown[]): Promise<string>;
  /** AUTHs by a key, and gives OK's members. */
  auth(secret: Uint8Array, changes?: Partial<Parameters<typeof authEvent>[1]>): Promise<
    [boolean, string]
  >;
  /** A round trip: whatever the relay sent before is here now. */
  sync(): Promise<void>;
  /** The live event that comes next on a subscription. */
  live(id: string): Promise<NostrEvent>;
  /** Ends when the socket has, with the code. */
  ended: Promise<number>;
}

const PATIENCE_MS = 20_000;

/** Connects and waits for the challenge. */
export async function connectClient(url: string, options: ClientOptions = {}): Promise<TestClient> {
  const socket = new WebSocket(url, options);
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  const ended = Promise.withResolvers<number>();
  let isEnded = false;
  const wake = () => waiting.forEach((check) => check());
  socket.on("message", (data: Buffer) => {
    frames.push(JSON.parse(data.toString()));
    wake();
  });
  socket.on("error", () => {});
  socket.on("close", (code: number) => {
    isEnded = true;
    ended.resolve(code);
    wake();
  });

  const next = (fits: (frame: Frame) => boolean = () => true): Promise<Frame> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(check);
        reject(new Error(`no such frame; unread: ${JSON.stringify(frames).slice(0, 2000)}`));
      }, PATIENCE_MS);
      const check = () => {
        const at = frames.findIndex(fits);
        if (at < 0 && !isEnded) return;
        waiting.delete(check);
        clearTimeout(timer);
        if (at < 0) reject(new Error(`the socket ended; unread: ${JSON.stringify(frames)}`));
        else resolve(frames.splice(at, 1)[0]!);
      };
      waiting.add(check);
      check();
    });
  const sendRaw = (data: string | Uint8Array) => socket.send(data);
  const send = (...frame: unknown[]) => sendRaw(JSON.stringify(frame));
  const answerTo = (verbs: string[], id: string) =>
    next(([verb, about]) => verbs.includes(verb) && about === id);
  let lastId = 0;
  const freshId = () => `own-${++lastId}`;

  const subscribe = async (id: string, ...filters: unknown[]): Promise<NostrEvent[]> => {
    send("REQ", id, ...filters);
    const events: NostrEvent[] = [];
    for (;;) {
      const [verb, , value] = await answerTo(["EVENT", "EOSE", "CLOSED"], id);
      if (verb === "CLOSED") throw new Error(`CLOSED ${value}`);
      if (verb === "EOSE") return events;
      events.push(value as NostrEvent);
    }
  };
  const query = async (...filters: unknown[]): Promise<NostrEvent[]> => {
    const id = freshId();
    const events = await subscribe(id, ...filters);
    send("CLOSE", id);
    return events;
  };
  const okFor = async (id: string): Promise<[boolean, string]> => {
    const [, , accepted, message] = await answerTo(["OK"], id);
    return [accepted as boolean, message as string];
  };

  const challenge = await next(([verb]) => verb === "AUTH").catch(async (error) => {
    socket.terminate();
    throw isEnded ? new Error(`refused, code ${await ended.promise}`) : error;
  });
  return {
    challenge: challenge[1] as string,
    socket,
    send,
    sendRaw,
    next,
    unread: () => [...frames],
    publish(event) {
      send("EVENT", event);
      return okFor(event.id);
    },
    subscribe,
    query,
    async refusedReq(...filters) {
      const id = freshId();
      send("REQ", id, ...filters);
      const [, , message] = await answerTo(["CLOSED"], id);
      return message as string;
    },
    auth(secret, changes = {}) {
      const event = authEvent(secret, {
        relay: url,
        challenge: challenge[1] as string,
        ...changes,
      });
      send("AUTH", event);
      return okFor(event.id);
    },
    async sync() {
      await query({ kinds: [1], limit: 0 });
    },
    async live(id) {
      const [, , event] = await answerTo(["EVENT"], id);
      return event as NostrEvent;
    },
    ended: ended.promise,
    async [Symbol.asyncDispose]() {
      if (!isEnded) socket.terminate();
      await ended.promise;
    },
  };
}
