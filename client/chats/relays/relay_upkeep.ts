import { KIND } from "../../../protocol/nostr_event.ts";
import { UserError } from "../../user_error.ts";
import type { HeldEvents, OwnEvents } from "./own_events.ts";
import type { OwnRelays } from "./own_relays.ts";

/** Keeps the own list of relays and the own public profile as they should be. */
export interface RelayUpkeep {
  /** True once that was done in this session, with everything that was changed since. */
  readonly isDone: boolean;
  /** The list, or what the profile says, was changed here. */
  demand(): void;
  /** Does what is due; a relay may be there now. Never rejects. */
  run(): Promise<void>;
}

/**
 * Upkeep over the own relays, once a session and after each change. What cannot be done stays due.
 *
 * @param syncProfile brings the own profile and the published one together; true once they are the same
 * @param defaultRelays asks the home server what it recommends; throws UserError
 * @param isRestored true where a profile and a list are out there, unless every relay says otherwise
 * @param onDone called after each time that all was done
 * @param onFault it failed for another reason than the network or the disk
 */
export function createRelayUpkeep(
  { ownRelays, ownEvents, syncProfile, defaultRelays, isRestored, onDone, onFault }: {
    ownRelays: OwnRelays;
    ownEvents: OwnEvents;
    syncProfile(held: HeldEvents, events: OwnEvents): Promise<boolean>;
    defaultRelays(): Promise<string[]>;
    isRestored: boolean;
    onDone(): void;
    onFault(error: unknown): void;
  },
): RelayUpkeep {
  let isDue = true;
  let running: Promise<void> | null = null;

  async function takeUpDefaults(): Promise<void> {
    try {
      await ownRelays.recommend(await defaultRelays());
    } catch (error) {
      // The relays do without the server.
      if (!(error instanceof UserError)) throw error;
    }
  }

  async function work(): Promise<boolean> {
    await takeUpDefaults();
    const held = await ownEvents.fetch();
    if (!held) return false;
    const mayBeMissing = (kind: number) =>
      held.newest(kind) !== null || held.isComplete ||
      !isRestored;
    if (!mayBeMissing(KIND.profile) || !mayBeMissing(KIND.relayList)) return false;
    const isProfileKept = await syncProfile(held, ownEvents);
    return await ownRelays.sync(held, ownEvents) && isProfileKept;
  }

  async function runOnce(): Promise<void> {
    isDue = false;
    try {
      if (!await work()) isDue = true;
    } catch (error) {
      isDue = true;
      if (!(error instanceof UserError)) onFault(error);
    }
    if (!isDue) onDone();
  }

  return {
    get isDone() {
      return !isDue && running === null;
    },
    demand() {
      isDue = true;
    },
    run() {
      if (!isDue) return running ?? Promise.resolve();
      // What was demanded during a run is done after it.
      const begun = (running ?? Promise.resolve()).then(runOnce);
      running = begun.finally(() => {
        if (running === begun) running = null;
      });
      return begun;
    },
  };
}
