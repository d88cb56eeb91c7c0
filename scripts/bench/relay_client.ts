import type { Buffer } from "node:buffer";
import { WebSocket } from "ws";
import { signSchnorr, xOnlyPointFromScalar } from "tiny-secp256k1";
import { bytesToHex, decodeHex, encodeBase64url } from "../../protocol/bytes.ts";
import { eventId, type EventTemplate, KIND, type NostrEvent } from "../../protocol/nostr_event.ts";

/** The measuring side's end of a socket. */
export interface BenchSocket {
  send(...frame: unknown[]): void;
  /** Called with each frame from now on. */
  onFrame(take: (frame: unknown[]) => void): void;
  /** AUTHs as a key. */
  auth(key: BenchKey): Promise<void>;
  /** Opens a subscription and waits for EOSE. */
  subscribe(id: string, filter: unknown): Promise<void>;
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

/** Mail of the usual size to an addr, each by a key of its own, newest last. */
export function makeMails(addr: string, count: number): NostrEvent[] {
  const startS = Math.floor(Date.now() / 1000) - 60;
  const random = (bytes: number) => encodeBase64url(crypto.getRandomValues(new Uint8Array(bytes)));
  return Array.from({ length: count }, () => {
    const content = JSON.stringify({ v: 2, enc: random(32), ct: random(1040) });
    const tags = [["q", addr]];
    return signFast({ kind: KIND.message, created_at: startS, tags, content }, makeKey());
  });
}

/** Connects and waits for the challenge. */
export async function connectBench(url: string): Promise<BenchSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  let take: (frame: unknown[]) => void = () => {};
  const challenge = Promise.withResolvers<string>();
  socket.once("error", challenge.reject);
  take = (frame) => challenge.resolve(frame[1] as string);
  socket.on("message", (data: Buffer) => take(JSON.parse(data.toString())));
  const text = await challenge.promise;
  const send = (...frame: unknown[]) => socket.send(JSON.stringify(frame));
  const answer = (verb: string) =>
    new Promise<unknown[]>((resolve) => {
      const before = take;
      take = (frame) => {
        if (frame[0] !== verb) return before(frame);
        take = before;
        resolve(frame);
      };
    });
  take = () => {};
  return {
    send,
    onFrame: (next) => {
      take = next;
    },
    async auth(key) {
      const tags = [["relay", url], ["challenge", text]];
      const template = {
        kind: KIND.auth,
        created_at: Math.floor(Date.now() / 1000),
        tags,
        content: "",
      };
      send("AUTH", signFast(template, key));
      const [, , accepted, message] = await answer("OK");
      if (accepted !== true) throw new Error(`AUTH was refused: ${message}`);
    },
    async subscribe(id, filter) {
      send("REQ", id, filter);
      await answer("EOSE");
    },
    close: () =>
      new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.terminate();
      }),
  };
}
