import type { Buffer } from "node:buffer";
import { WebSocket } from "ws";
import { signSchnorr, xOnlyPointFromScalar } from "tiny-secp256k1";
import { bytesToHex, decodeHex, encodeBase64url } from "../../protocol/bytes.ts";
import { eventId, type EventTemplate, KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { GIVE_UP_MS, orGiveUp, RelayFailure } from "./relay_failure.ts";

/** The measuring side's end of a socket. */
export interface BenchSocket {
  send(...frame: unknown[]): void;
  /** Sends a frame that is JSON already. */
  sendText(frame: string): void;
  /** Called with each frame from now on, instead of what was before. */
  onFrame(take: (frame: unknown[]) => void): void;
  /** The same with the frame's bytes: parsing would cost more than what is measured. */
  onBytes(take: (frame: Buffer) => void): void;
  /** AUTHs as a key; rejects with a RelayFailure, as `subscribe` does, where no answer comes. */
  auth(key: BenchKey): Promise<void>;
  /** Opens a subscription and waits for EOSE. */
  subscribe(id: string, filter: unknown): Promise<void>;
  /** Rejects where the relay ends the connection. */
  ended: Promise<never>;
  close(): Promise<void>;
}

export interface BenchKey {
  secret: Uint8Array;
  pubkey: string;
}

/** A fresh key. */
export function makeKey(): BenchKey {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  return { secret, pubkey: bytesToHex(xOnlyPointFromScalar(secret)) };
}

/** Signs by WebAssembly: tens of thousands of events have to be there before the clock starts. */
export function signFast(template: EventTemplate, { secret, pubkey }: BenchKey): NostrEvent {
  const unsigned = { ...template, pubkey };
  const id = eventId(unsigned);
  return { ...unsigned, id, sig: bytesToHex(signSchnorr(decodeHex(id)!, secret)) };
}

/** The id in an event's JSON, or in a frame with one; undefined where there is none. */
export function idIn(text: string): string | undefined {
  return /"id":"([0-9a-f]{64})"/.exec(text)?.[1];
}

/** JSON of mail of the usual size to an addr, each by a key of its own. */
export function makeMails(addr: string, count: number): string[] {
  const startS = Math.floor(Date.now() / 1000) - 60;
  const random = (bytes: number) => encodeBase64url(crypto.getRandomValues(new Uint8Array(bytes)));
  return Array.from({ length: count }, () => {
    const content = JSON.stringify({ v: 2, enc: random(32), ct: random(1040) });
    const tags = [["q", addr]];
    const template = { kind: KIND.message, created_at: startS, tags, content };
    return JSON.stringify(signFast(template, makeKey()));
  });
}

const AUTH_FRAME = '["AUTH"';

export interface ConnectOptions {
  /**
   * Connects as somebody at this address: the relay holds a bounded number of sockets for one address, and believes what a
   * proxy on this machine says.
   */
  address?: string;
}

/**
 * Connects to a relay.
 *
 * @throws RelayFailure where it does not take the connection
 */
export async function connectBench(
  url: string,
  { address }: ConnectOptions = {},
): Promise<BenchSocket> {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    handshakeTimeout: GIVE_UP_MS,
    ...(address ? { headers: { "x-forwarded-for": address } } : {}),
  });
  let take: (data: Buffer) => void = () => {};
  const challenge = Promise.withResolvers<string>();
  socket.once("message", (data: Buffer) => {
    const text = data.toString();
    if (text.startsWith(AUTH_FRAME)) challenge.resolve(JSON.parse(text)[1]);
  });
  socket.on("message", (data: Buffer) => take(data));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.on("error", (error) => reject(new RelayFailure(`no connection: ${error.message}`)));
  });
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => {});
  socket.once("close", () => ended.reject(new RelayFailure("the relay ended a connection")));
  const sendText = (frame: string) => socket.send(frame);
  const send = (...frame: unknown[]) => sendText(JSON.stringify(frame));
  const answer = (verb: string) => {
    const { promise, resolve } = Promise.withResolvers<unknown[]>();
    const before = take;
    take = (data) => {
      const frame = JSON.parse(data.toString());
      if (frame[0] !== verb) return before(data);
      take = before;
      resolve(frame);
    };
    return orGiveUp(promise, () => `no ${verb}`);
  };
  return {
    send,
    sendText,
    onFrame: (next) => {
      take = (data) => next(JSON.parse(data.toString()));
    },
    onBytes: (next) => {
      take = next;
    },
    async auth(key) {
      const tags = [["relay", url], ["challenge", await challenge.promise]];
      const template = {
        kind: KIND.auth,
        created_at: Math.floor(Date.now() / 1000),
        tags,
        content: "",
      };
      send("AUTH", signFast(template, key));
      const [, , accepted, message] = await answer("OK");
      if (accepted !== true) throw new RelayFailure(`AUTH was refused: ${message}`);
    },
    async subscribe(id, filter) {
      send("REQ", id, filter);
      await answer("EOSE");
    },
    ended: ended.promise,
    close: () =>
      new Promise((resolve) => {
        if (socket.readyState === WebSocket.CLOSED) return resolve();
        socket.once("close", () => resolve());
        socket.terminate();
      }),
  };
}

/** Connects some times, in groups as a relay sees them come. */
export async function connectMany(
  url: string,
  count: number,
  options: ConnectOptions = {},
): Promise<BenchSocket[]> {
  const sockets: BenchSocket[] = [];
  while (sockets.length < count) {
    const batch = Math.min(50, count - sockets.length);
    const opening = Array.from({ length: batch }, () => connectBench(url, options));
    sockets.push(...await Promise.all(opening));
  }
  return sockets;
}

/** Ends them all. */
export async function closeAll(sockets: readonly BenchSocket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.close()));
}
