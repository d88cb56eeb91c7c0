import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import type { RelayEnvironment } from "./relay_environment.ts";
import type { OutgoingFrame } from "./relay_socket.ts";

const LIVE = "mail";
const OLDER = "mail-older";
const PAGE_EVENTS = 500;
/** No relay cuts its answers shorter than this. */
const SMALLEST_LIMIT = 10;
/** So much of an answer is newer than what is taken for its end. */
const CUT_SHARE = 0.9;
/** So many answers in a row that lead no further are no relay's limit: no second has so much mail. */
const MAX_STANDSTILLS = 40;
/** More than this at once is no relay's page: the rest is read again later. */
const MAX_WAITING_EVENTS = 5_000;
/** Nor is more than this, which is twice a page of the largest events. UTF-16 units. */
const MAX_WAITING_CHARS = 64 * 1024 * 1024;
const EOSE_TIMEOUT_MS = 30_000;
/** Mail is read again from so far before the cursor: relays and senders have clocks of their own. */
export const CURSOR_OVERLAP_S = 60 * 60;
/** The live subscription is asked afresh so often, which moves the cursor and heals what was missed. */
const REFRESH_MS = 60 * 60 * 1000;

/** How far the mail has been read, and what becomes of it. */
export interface MailReading {
  /** 64 hex */
  addr: string;
  /** Unix seconds; null where this relay was never read to its end. */
  cursor(): Promise<number | null>;
  saveCursor(createdAtS: number): Promise<void>;
  /** Deals with an event; one at a time. The cursor never passes an event for which this rejects. */
  onEvent(event: NostrEvent): Promise<void>;
  /** How far back to read where there is no cursor. */
  firstWindowMs: number;
  /** What is quiet comes before the messages of its page: a new device knows what was read before it hears of it. */
  isQuietFirst: boolean;
}

/** The subscription to the own mail: from the cursor on, then live. */
export interface MailSubscription {
  open(): void;
  owns(subscriptionId: string): boolean;
  receive(subscriptionId: string, event: NostrEvent): void;
  endStored(subscriptionId: string): void;
  /** The connection is gone: what was taken is dealt with, the cursor stays. */
  interrupt(): void;
  /** Resolves once everything taken is dealt with. */
  settled(): Promise<void>;
}

/**
 * Reads mail in order of `created_at`, page by page where an answer was cut, and moves the cursor once everything that
 * was stored has been dealt with. (Specification page 4, "One cursor per relay")
 *
 * @param onCaughtUp everything that the relay holds is dealt with
 * @param onBroken the relay does not answer as it should, or an event could not be dealt with
 */
export function createMailSubscription(
  { mail, environment, send, onCaughtUp, onBroken }: {
    mail: MailReading;
    environment: RelayEnvironment;
    send(frame: OutgoingFrame): boolean;
    onCaughtUp(): void;
    onBroken(): void;
  },
): MailSubscription {
  /** Counts interruptions: what belongs to an earlier connection does not speak for this one. */
  let era = 0;
  let round = emptyRound();
  let work: Promise<void> = Promise.resolve();
  let waiting = 0;
  let waitingChars = 0;
  let cancelTimer = () => {};

  const isFirst = ({ kind }: NostrEvent) => mail.isQuietFirst && kind === KIND.quiet;

  function byOrder(a: NostrEvent, b: NostrEvent): number {
    return Number(isFirst(b)) - Number(isFirst(a)) || a.created_at - b.created_at;
  }

  function enqueue(task: () => Promise<void>): void {
    const begun = era;
    work = work.then(async () => {
      try {
        await task();
      } catch {
        // What could not be stored is read again, from the same cursor, over a new connection.
        if (era === begun) onBroken();
      }
    });
  }

  function open(): void {
    const begun = ++era;
    round = emptyRound();
    enqueue(async () => {
      const cursorS = await mail.cursor();
      if (era !== begun) return;
      const nowS = environment.nowMs() / 1000;
      const sinceS = Math.floor(
        cursorS === null ? nowS - mail.firstWindowMs / 1000 : cursorS - CURSOR_OVERLAP_S,
      );
      round.sinceS = Math.max(0, sinceS);
      round.newestS = cursorS ?? round.sinceS;
      ask(LIVE);
    });
  }

  function ask(subscriptionId: string, untilS?: number): void {
    round.asked = subscriptionId;
    round.untilS = untilS ?? Infinity;
    const filter: Record<string, unknown> = {
      kinds: [KIND.message, KIND.quiet, KIND.typing],
      "#q": [mail.addr],
      since: round.sinceS,
      limit: PAGE_EVENTS,
    };
    if (untilS !== undefined) filter.until = untilS;
    send({ type: "REQ", id: subscriptionId, filters: [filter] });
    restartTimer(onBroken, EOSE_TIMEOUT_MS);
  }

  function receive(subscriptionId: string, event: NostrEvent): void {
    const chars = charsOf(event);
    if (subscriptionId === round.asked) {
      round.pageChars += chars;
      const events = round.page.push(event);
      if (events > MAX_WAITING_EVENTS || round.pageChars > MAX_WAITING_CHARS) onBroken();
    } else if (subscriptionId === LIVE) {
      const isFull = waiting >= MAX_WAITING_EVENTS || waitingChars + chars > MAX_WAITING_CHARS;
      if (isFull) return onBroken();
      waiting++;
      waitingChars += chars;
      enqueue(() =>
        handle(event).finally(() => {
          waiting--;
          waitingChars -= chars;
        })
      );
    }
  }

  function endStored(subscriptionId: string): void {
    if (subscriptionId !== round.asked) return;
    round.asked = null;
    if (subscriptionId === OLDER) send({ type: "CLOSE", id: OLDER });
    const { page } = round;
    round.page = [];
    round.pageChars = 0;
    const begun = era;
    restartTimer(open, REFRESH_MS);
    enqueue(async () => {
      for (const event of page.sort(byOrder)) await handle(event);
      if (era === begun) await continueRound(page, begun);
    });
  }

  async function continueRound(page: NostrEvent[], begun: number): Promise<void> {
    const untilS = nextUntil(page);
    for (const { id } of page) round.seenIds.add(id);
    if (untilS !== null && untilS >= round.sinceS) {
      round.standstills = untilS < round.untilS ? 0 : round.standstills + 1;
      return round.standstills > MAX_STANDSTILLS ? onBroken() : ask(OLDER, untilS);
    }
    await mail.saveCursor(Math.min(Math.floor(environment.nowMs() / 1000), round.newestS));
    if (era === begun) onCaughtUp();
  }

  /** Where an answer was cut by a limit, the time up to which to ask next; null once nothing new comes. */
  function nextUntil(page: NostrEvent[]): number | null {
    // What a relay adds of other times tells nothing of what is left.
    const asked = page.filter((event) =>
      event.created_at >= round.sinceS && event.created_at <= round.untilS
    );
    if (asked.length === 0) return null;
    const cutS = cutOf(asked);
    round.largestPage = Math.max(round.largestPage, page.length);
    if (asked.some(({ id }) => !round.seenIds.has(id))) return cutS;
    // As long as any before, and all of one second: the relay's limit, whatever it is, may hide what is older.
    return page.length >= Math.max(round.largestPage, SMALLEST_LIMIT) ? cutS - 1 : null;
  }

  async function handle(event: NostrEvent): Promise<void> {
    await mail.onEvent(event);
    round.newestS = Math.max(round.newestS, event.created_at);
  }

  function restartTimer(callback: () => void, delayMs: number): void {
    cancelTimer();
    cancelTimer = environment.setTimer(callback, delayMs);
  }

  return {
    open,
    owns: (subscriptionId) => subscriptionId === LIVE || subscriptionId === OLDER,
    receive,
    endStored,
    interrupt() {
      era++;
      round = emptyRound();
      cancelTimer();
    },
    settled: () => work,
  };
}

/**
 * The time at which an answer was cut: nearly its oldest. Mail that comes live while it is sent, and is dated back, would else
 * hide what lies between.
 */
function cutOf(events: NostrEvent[]): number {
  const times = events.map((event) => event.created_at).sort((a, b) => b - a);
  return times[Math.floor(times.length * CUT_SHARE)]!;
}

/** What an event takes up, about. */
function charsOf({ content, tags }: NostrEvent): number {
  return tags.flat().reduce((sum, part) => sum + part.length, content.length);
}

/** One reading of everything that is stored since the cursor. Times are Unix seconds. */
function emptyRound() {
  return {
    sinceS: 0,
    newestS: 0,
    /** Up to which time was asked. */
    untilS: Infinity,
    /** Answers in a row after which the same was asked. */
    standstills: 0,
    /** The subscription whose stored events are coming. */
    asked: null as string | null,
    page: [] as NostrEvent[],
    pageChars: 0,
    /** Events of the longest answer so far: no relay says at how many it cuts. */
    largestPage: 0,
    seenIds: new Set<string>(),
  };
}
