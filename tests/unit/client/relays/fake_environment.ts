import type { RelayEnvironment } from "../../../../client/relays/relay_environment.ts";
import { within } from "../../../support/within.ts";

export type Frame = [string, ...unknown[]];

/** The other end of a WebSocket, played by the test. */
export interface FakeSocket {
  url: string;
  /** What the client sent and the test has not taken. */
  frames: Frame[];
  isEnded: boolean;
  open(): void;
  receive(...frame: Frame): void;
  receiveRaw(data: unknown): void;
  end(): void;
  /** The next frame of a verb; waits for it. */
  next(verb: string): Promise<Frame>;
}

/** A clock, timers, a network and sockets that do what the test says. */
export interface FakeEnvironment extends RelayEnvironment {
  sockets: FakeSocket[];
  /** The newest one. */
  socket(): FakeSocket;
  /** Lets time pass; timers that fall due are called in their order. */
  pass(ms: number): void;
  /** Delays of the timers that wait, shortest first. */
  waits(): number[];
  setOnline(isOnline: boolean): void;
  setNow(nowMs: number): void;
}

export function createFakeEnvironment(nowMs = 1_800_000_000_000): FakeEnvironment {
  const sockets: FakeSocket[] = [];
  const timers = new Set<{ atMs: number; callback: () => void }>();
  const wakes = new Set<() => void>();
  let isOnline = true;
  let clockMs = nowMs;
  const due = (untilMs: number) =>
    [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  return {
    sockets,
    socket() {
      const newest = sockets.at(-1);
      if (!newest) throw new Error("No socket was opened.");
      return newest;
    },
    openSocket(url) {
      const { socket, fake } = createFakeSocket(url);
      sockets.push(fake);
      return socket;
    },
    setTimer(callback, delayMs) {
      const timer = { atMs: clockMs + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    random: () => 0.5,
    nowMs: () => clockMs,
    isOnline: () => isOnline,
    onWake(listener) {
      wakes.add(listener);
      return () => wakes.delete(listener);
    },
    pass(ms) {
      const untilMs = clockMs + ms;
      for (let timer = due(untilMs); timer; timer = due(untilMs)) {
        timers.delete(timer);
        clockMs = timer.atMs;
        timer.callback();
      }
      clockMs = untilMs;
    },
    waits: () => [...timers].map(({ atMs }) => atMs - clockMs).sort((a, b) => a - b),
    setOnline(next) {
      isOnline = next;
      for (const wake of [...wakes]) wake();
    },
    setNow: (next) => clockMs = next,
  };
}

function createFakeSocket(url: string): { socket: WebSocket; fake: FakeSocket } {
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  const handlers = {
    onopen: null as (() => void) | null,
    onmessage: null as ((event: { data: unknown }) => void) | null,
    onclose: null as (() => void) | null,
    onerror: null,
    readyState: WebSocket.CONNECTING as number,
    send(text: string) {
      frames.push(JSON.parse(text));
      for (const wake of [...waiting]) wake();
    },
    close() {
      handlers.readyState = WebSocket.CLOSING;
      fake.isEnded = true;
    },
  };
  const fake: FakeSocket = {
    url,
    frames,
    isEnded: false,
    open() {
      handlers.readyState = WebSocket.OPEN;
      handlers.onopen?.();
    },
    receive: (...frame) => handlers.onmessage?.({ data: JSON.stringify(frame) }),
    receiveRaw: (data) => handlers.onmessage?.({ data }),
    end() {
      handlers.readyState = WebSocket.CLOSED;
      fake.isEnded = true;
      handlers.onclose?.();
    },
    async next(verb) {
      const found = Promise.withResolvers<Frame>();
      const check = () => {
        const at = frames.findIndex(([one]) => one === verb);
        if (at >= 0) found.resolve(frames.splice(at, 1)[0]!);
      };
      waiting.add(check);
      check();
      try {
        return await within(found.promise, { what: `${verb} from the client`, maxMs: 5_000 });
      } finally {
        waiting.delete(check);
      }
    },
  };
  return { socket: handlers as unknown as WebSocket, fake };
}
