import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import type { SessionSecrets } from "../../../protocol/identity.ts";
import { createPublisher, type Publisher } from "../../relays/publisher.ts";
import { createReadingPool, type ReadingPool } from "../../relays/reading_pool.ts";
import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import { createRelayQueries, type RelayQueries } from "../../relays/relay_queries.ts";
import type { Database } from "../../storage/database.ts";
import type { Sealer } from "../../storage/sealer.ts";
import { type ContactRelays, createContactRelays } from "../people/contact_relays.ts";
import { createDelivery, type Delivery } from "../outgoing/delivery.ts";
import type { Ledger } from "../ledger.ts";
import { createMailReadings } from "./mail_readings.ts";
import { createOwnEvents, type HeldEvents, type OwnEvents } from "./own_events.ts";
import { openOwnRelays, type OwnRelays } from "./own_relays.ts";
import { openRelayRefusals, type RelayRefusals } from "./relay_refusals.ts";
import { createRelayUpkeep, type RelayUpkeep } from "./relay_upkeep.ts";

/** What chats have to do with relays. */
export interface RelayParts {
  publisher: Publisher;
  pool: ReadingPool;
  delivery: Delivery;
  refusals: RelayRefusals;
  ownRelays: OwnRelays;
  contactRelays: ContactRelays;
  queries: RelayQueries;
  upkeep: RelayUpkeep;
  /**
   * Changes the own list, and publishes it in the background.
   *
   * @param input of `add` a URL or a host, of `remove` a URL
   * @throws UserError as {@link OwnRelays}
   */
  changeList(how: "add" | "remove" | "reset", input: string): Promise<void>;
  /** Ends every connection; resolves once all that was taken is dealt with. */
  stop(): Promise<void>;
}

/**
 * The wiring of everything that connects to relays. Nothing connects before `pool.start`.
 *
 * @param receive deals with an event that a relay brought
 * @param onReachable a relay, or a contact's address, may be there now
 * @param onChange the state of the connections, or the own list, has changed
 * @throws UserError `storage_failed`
 */
export async function openRelayParts(
  { ledger, account, secrets, isStopped, onChange, ...deps }: {
    ledger: Ledger;
    account: { handle: string; fqhn: string; primary: string; addr: string; homeRelay: string };
    secrets: Pick<SessionSecrets, "nostrSecret">;
    isRestored: boolean;
    database: Database;
    sealer: Sealer;
    environment: RelayEnvironment;
    defaultRelays(): Promise<string[]>;
    randomBytes(length: number): Uint8Array;
    syncProfile(held: HeldEvents, events: OwnEvents): Promise<boolean>;
    receive(event: NostrEvent, relayUrl: string): Promise<void>;
    /** Whether the user agreed to sign for relays that refuse unknown authors. */
    usesOwnKey(): boolean;
    isStopped(): boolean;
    onReachable(): void;
    onCaughtUp(): void;
    onChange(): void;
    onFault(error: unknown): void;
  },
): Promise<RelayParts> {
  const { environment, randomBytes, isRestored, onReachable, onFault } = deps;
  const { nostrSecret } = secrets;
  const { nowMs } = environment;
  const publisher = createPublisher({ environment, onOpen: (url) => pool.wake(url) });
  const queries = createRelayQueries(environment);
  const refusals = await openRelayRefusals({ ledger, nowMs, onChange, onFault });
  const ownRelays: OwnRelays = await openOwnRelays({
    ledger,
    account,
    onChange() {
      if (isStopped()) return;
      pool.setRelays(ownRelays.urls);
      upkeep.demand();
      onChange();
    },
  });
  const relays = () => ownRelays.urls;

  function tellCaughtUp(): void {
    const isRead = pool.relays.every(({ state }) => state === "connected");
    if (isRead && upkeep.isDone && !isStopped()) deps.onCaughtUp();
  }

  const pool: ReadingPool = createReadingPool({
    environment,
    nostrSecret,
    randomBytes,
    readingOf: createMailReadings({ ...deps, account, ledger }),
    onState() {
      if (!isStopped()) onChange();
    },
    onCaughtUp() {
      if (isStopped()) return;
      onReachable();
      void upkeep.run();
      tellCaughtUp();
    },
  });
  const ownEvents = createOwnEvents({
    publisher,
    queries,
    environment,
    nostrSecret,
    randomBytes,
    relays,
    isStopped,
  });
  const upkeep: RelayUpkeep = createRelayUpkeep({
    ownRelays,
    ownEvents,
    syncProfile: deps.syncProfile,
    defaultRelays: deps.defaultRelays,
    isRestored,
    onDone: tellCaughtUp,
    onFault,
  });
  pool.setRelays(ownRelays.urls);
  return {
    publisher,
    pool,
    delivery: createDelivery({
      ledger,
      publisher,
      refusals,
      account,
      ownRelays: relays,
      usesOwnKey: deps.usesOwnKey,
    }),
    refusals,
    ownRelays,
    queries,
    contactRelays: createContactRelays({
      ledger,
      queries,
      account,
      nowMs,
      onListed: onReachable,
      onFault,
    }),
    upkeep,
    async changeList(how, input) {
      await ownRelays[how](input);
      void upkeep.run();
    },
    async stop() {
      publisher.stop();
      queries.stop();
      await pool.stop();
    },
  };
}
