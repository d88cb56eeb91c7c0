import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { errorText, type Log } from "../log.ts";
import { checkMail } from "./mail_check.ts";
import type { RelaySocket } from "./open_socket.ts";

/** What one connection has brought and nobody has looked at yet. */
export interface RelayInbox {
  /** The socket that waits while there is too much. */
  attach(socket: Pick<RelaySocket, "pause" | "resume">): void;
  push(text: string): void;
  /** Ends when all that came so far is looked at and pushed; false where not all was. */
  settled(): Promise<boolean>;
  /** The connection is over: what is left says nothing of the next one, which is given it again. */
  close(): void;
}

export interface RelayInboxDeps {
  /** True where somebody's signature is on it; null where nobody can say any more. */
  verify(event: NostrEvent): Promise<boolean | null>;
  /** Deals with mail. Ends with true when its push is done. */
  onMail(addr: string, event: NostrEvent): Promise<boolean>;
  nowMs(): number;
  /** Runs something after a time, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
  log: Log;
}

const MAX_FAULTS = 50;
/** Messages that are looked at in a second; the others wait in the socket. */
const MAX_A_SECOND = 300;

/**
 * Looks at what a relay sends, one at a time, and no more than so many in a second.
 *
 * @param connection its own reading, whom it is asked for, and what ends it where it sends nonsense
 */
export function createRelayInbox(
  { verify, onMail, nowMs, afterMs, log }: RelayInboxDeps,
  { receive, faults, addrs, onMisbehaved }: {
    receive(text: string): NostrEvent | null;
    faults(): number;
    addrs(): ReadonlySet<string>;
    onMisbehaved(): void;
  },
): RelayInbox {
  const waiting: string[] = [];
  const pushes = new Set<Promise<boolean>>();
  let work: Promise<void> | null = null;
  let socket: Pick<RelaySocket, "pause" | "resume"> | null = null;
  let wake = (): void => {};
  let wrong = 0;
  let allDone = true;
  let isClosed = false;

  async function look(text: string): Promise<void> {
    const event = receive(text);
    if (!event) return;
    const verdict = checkMail(event, nowMs() / 1000);
    // Anybody may leave such things on an honest relay.
    if (verdict.type === "unfit") return;
    // Somebody who has just unsubscribed is nobody's fault.
    if (verdict.type === "mail" && !addrs().has(verdict.addr)) return;
    const isValid = verdict.type === "mail" && await verify(event);
    if (isValid === null) return;
    if (!isValid || verdict.type !== "mail") return void wrong++;
    const push = onMail(verdict.addr, event).then((isDone) => {
      allDone &&= isDone;
      pushes.delete(push);
      return isDone;
    });
    pushes.add(push);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = afterMs(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const startMs = nowMs();
      for (let i = 0; i < MAX_A_SECOND && waiting.length > 0; i++) {
        await look(waiting.shift()!).catch((error) =>
          log.error("listener.event_failed", { reason: errorText(error) })
        );
        if (isClosed) return;
        if (wrong + faults() > MAX_FAULTS) {
          log.debug("listener.misbehaved");
          return onMisbehaved();
        }
      }
      if (waiting.length < MAX_A_SECOND) socket?.resume();
      const leftMs = 1000 - (nowMs() - startMs);
      if (waiting.length > 0 && leftMs > 0) await pause(leftMs);
    }
  }

  return {
    attach(opened) {
      socket = opened;
    },
    push(text) {
      if (isClosed) return;
      waiting.push(text);
      if (waiting.length >= MAX_A_SECOND) socket?.pause();
      work ??= run().finally(() => {
        work = null;
      });
    },
    async settled() {
      await work;
      await Promise.all(pushes);
      return allDone;
    },
    close() {
      isClosed = true;
      waiting.length = 0;
      wake();
    },
  };
}
