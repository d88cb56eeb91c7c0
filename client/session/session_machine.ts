import { loaded } from "../loaded.ts";
import { createSerialQueue } from "../serial_queue.ts";
import type { TabLock } from "../tabs/tab_lock.ts";
import { ignoreUserError } from "../user_error.ts";
import type { AccountMarker } from "./account_marker.ts";
import { createAttemptGuard } from "./attempt_guard.ts";
import { type ClosingDeps, createClosing } from "./closing.ts";
import type { Enrolment, EnrolmentDeps } from "./enrolment.ts";
import { handleAvailability } from "./handle_availability.ts";
import { createHomeRefresh } from "./home_refresh.ts";
import { lockSettingsOf } from "./lock_settings.ts";
import { createOpenedAccount, isPassing, type OpenedAccountDeps } from "./opened_account.ts";
import { openByDevice, type OpenedVault } from "./opening.ts";
import type { Session } from "./session.ts";
import { createSessionState } from "./session_state.ts";
import { createUnlocking } from "./unlocking.ts";

export interface SessionDeps extends EnrolmentDeps, OpenedAccountDeps, ClosingDeps {
  tabLock: TabLock;
  marker: AccountMarker;
  /** Asks the browser to keep this origin's data. */
  persistStorage: () => Promise<unknown>;
}

/** The session of this tab, while it leads. What is asked of it happens step by step, in the order in which it is asked. */
export function createSession(deps: SessionDeps): Session {
  const { storage, api, tabLock, marker, onFault } = deps;
  const queue = createSerialQueue();
  const state = createSessionState(marker);
  const opened = createOpenedAccount({ ...deps, state, queue });
  const guard = createAttemptGuard(deps);
  const askHome = createHomeRefresh({ ...deps, state, queue, opened });
  const refreshHome = () => void askHome().catch(onFault);
  const unlocking = createUnlocking({ ...deps, state, queue, opened, guard, refreshHome });
  const closing = createClosing({
    ...deps,
    state,
    queue,
    opened,
    onErased: () => enrolment?.forgetDraft(),
  });
  let enrolment: Enrolment | null = null;

  /** It is fetched when somebody comes: who is here already does without. */
  async function enrolling(): Promise<Enrolment> {
    const { createEnrolment } = await loaded(import("./enrolment.ts"));
    return enrolment ??= createEnrolment(deps);
  }

  async function settle(): Promise<void> {
    if (await storage.pending()) await (await enrolling()).settle();
  }

  async function load(): Promise<void> {
    // Offline it stays as it is, until the next start or the next attempt.
    await settle().catch(ignoreUserError);
    const found = await storage.vault();
    if (!found) {
      // It would open an account that is not here any more.
      await storage.deleteDeviceCopy();
      return state.become(marker.isSet() ? "erased" : "none", null);
    }
    const byDevice = await openByDevice(found, deps);
    if (!byDevice) return state.become("locked", found);
    await opened.enter(byDevice);
    refreshHome();
  }

  async function bringIn(enrol: () => Promise<OpenedVault | null>): Promise<void> {
    if (state.phase === "unlocked") throw new Error("There is an open account already.");
    const enrolled = await enrol();
    if (!enrolled) return await load();
    deps.persistStorage().catch(onFault);
    await opened.enter(enrolled);
  }

  function hold(): void {
    const held = queue.run(async () => {
      state.become("starting", null);
      await load();
    });
    held.catch((error) => {
      if (isPassing(error)) return;
      state.fail(error);
      onFault(error);
    });
  }

  function yieldToOther(): void {
    const yielded = queue.run(async () => {
      if (state.phase === "elsewhere") return;
      state.become("elsewhere", null);
      await opened.leave();
    });
    yielded.catch(onFault);
  }

  return {
    get phase() {
      return state.phase;
    },
    get account() {
      return state.vault?.account ?? null;
    },
    get isPhraseSaved() {
      return state.vault?.isPhraseSaved ?? false;
    },
    get locks() {
      return state.vault && lockSettingsOf(state.vault);
    },
    onChange: state.onChange,

    start() {
      tabLock.start({ onHeld: hold, onLost: yieldToOther });
      return state.arrived();
    },
    useHere() {
      const arrived = state.arriveAgain();
      tabLock.take();
      return arrived;
    },
    dismissErased() {
      if (state.phase !== "erased") return;
      marker.clear();
      state.become("none", null);
    },

    handleAvailability: (handle) => handleAvailability(handle, api),
    draftPrimary: async () => await (await enrolling()).draftPrimary(),
    create: (input) =>
      queue.run(() => bringIn(async () => await (await enrolling()).create(input))),
    findByPhrase: async (phrase) => await (await enrolling()).findByPhrase(phrase),
    restore: (input) =>
      queue.run(() => bringIn(async () => await (await enrolling()).restore(input))),
    ...unlocking,
    ...closing,
  };
}
