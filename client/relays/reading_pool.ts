import type { MailReading } from "./mail_subscription.ts";
import { createReader, type Reader, type ReaderState } from "./reader.ts";
import type { RelayEnvironment } from "./relay_environment.ts";
import { relayId, uniqueRelays } from "./relay_url.ts";

/** How the reading of one relay stands. */
export interface RelayReading {
  url: string;
  state: ReaderState;
  /** The relay's words where it refused. */
  reason: string | null;
}

/** The connections that read the own mail: one for each relay of the own list, each on its own. */
export interface ReadingPool {
  /** In the order of the list. */
  readonly relays: readonly RelayReading[];
  /** From now on these are read; what is read already goes on. */
  setRelays(urls: readonly string[]): void;
  start(): void;
  /** Ends every AUTHed connection; events that were taken are still dealt with. */
  stop(): Promise<void>;
  /** Tries again at once: one relay, or all. */
  retry(url?: string): void;
  /** A relay answers elsewhere: where it is waited for, it is tried at once. */
  wake(url: string): void;
}

/**
 * Reads each relay over a connection, with a cursor, waits and pages of its own, so that none delays another.
 * (Specification page 4, "The relay pool")
 *
 * @param readingOf how far a relay has been read, and what becomes of its mail
 * @param randomBytes draws fresh random bytes, for the signatures
 * @param onState called after every change of `relays`
 * @param onCaughtUp called whenever everything that a relay holds has been dealt with
 */
export function createReadingPool(
  { environment, nostrSecret, randomBytes, readingOf, onState, onCaughtUp }: {
    environment: RelayEnvironment;
    nostrSecret: Uint8Array;
    randomBytes(length: number): Uint8Array;
    readingOf(url: string): MailReading;
    onState(): void;
    onCaughtUp(url: string): void;
  },
): ReadingPool {
  let readers = new Map<string, Reader>();
  const ending = new Set<Promise<void>>();
  let isRunning = false;

  function createReaderOf(url: string): Reader {
    const reader = createReader({
      url,
      environment,
      nostrSecret,
      randomBytes,
      mail: readingOf(url),
      onState() {
        if (readers.get(url) !== reader) return;
        if (reader.state === "connected") onCaughtUp(url);
        onState();
      },
    });
    return reader;
  }

  function end(reader: Reader): void {
    const ended = reader.stop();
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  }

  return {
    get relays() {
      return [...readers].map(([url, { state, reason }]) => ({ url, state, reason }));
    },
    setRelays(urls) {
      const before = readers;
      const unique = uniqueRelays(urls);
      readers = new Map(unique.map((url) => [url, before.get(url) ?? createReaderOf(url)]));
      for (const [url, reader] of before) if (!readers.has(url)) end(reader);
      if (!isRunning) return;
      for (const [url, reader] of readers) if (!before.has(url)) reader.start();
      onState();
    },
    start() {
      isRunning = true;
      for (const reader of readers.values()) reader.start();
    },
    async stop() {
      isRunning = false;
      for (const reader of readers.values()) end(reader);
      await Promise.all(ending);
    },
    retry(url) {
      for (const [one, reader] of readers) if (url === undefined || url === one) reader.retry();
    },
    wake(url) {
      for (const [one, reader] of readers) {
        if (reader.state === "waiting" && relayId(one) === relayId(url)) reader.retry();
      }
    },
  };
}
