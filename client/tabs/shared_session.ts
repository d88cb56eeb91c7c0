import type { Session } from "../session/session.ts";
import { createSource } from "./source.ts";
import {
  errorOfImage,
  imageOfError,
  NO_SESSION,
  type SessionCommands,
  type SessionState,
} from "./tab_message.ts";

/** The session as all tabs of the app have it. */
export interface SharedSession {
  readonly session: Session;
  /** Another tab leads from now on, or this one: what was shown stays until the session there is no longer `starting`. */
  changeLeader(commands: SessionCommands | null): void;
  /** What the leader shows. */
  show(state: SessionState): void;
}

/**
 * What is typed in a tab stays in it: to use a passphrase or a phrase, a tab takes the lead.
 *
 * @param own the session machine of this tab, which has an account open only while it leads
 * @param deleteDeviceCopy takes away what opens the account without a passphrase; in any tab
 * @param onShown called after every change of what is shown
 */
export function createSharedSession(
  own: Session,
  { isLeading, deleteDeviceCopy, onOwn, onShown }: {
    isLeading: () => boolean;
    deleteDeviceCopy: () => Promise<void>;
    /** What the session of this tab has become. */
    onOwn: (state: SessionState) => void;
    onShown: (state: SessionState) => void;
  },
): SharedSession {
  const listeners = new Set<() => void>();
  const leader = createSource<SessionCommands>();
  const arrival = Promise.withResolvers<void>();
  let shown = NO_SESSION;
  let hasSettled = false;

  async function here<Answer>(step: () => Promise<Answer>): Promise<Answer> {
    if (!isLeading()) await own.useHere();
    return await step();
  }

  const session: Session = {
    ...own,
    get phase() {
      return shown.phase;
    },
    get account() {
      return shown.account;
    },
    get isPhraseSaved() {
      return shown.isPhraseSaved;
    },
    get locks() {
      return shown.locks;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start() {
      own.start().catch((error) => onOwn({ ...NO_SESSION, failure: imageOfError(error) }));
      return arrival.promise;
    },
    create: (input) => here(() => own.create(input)),
    restore: (input) => here(() => own.restore(input)),
    unlock: (passphrase) => here(() => own.unlock(passphrase)),
    unlockByBiometrics: (key) => here(() => own.unlockByBiometrics(key)),
    changeLocks: (change) => leader.ask((commands) => commands.changeLocks(change)),
    async lock() {
      try {
        // Whatever becomes of the leader, the passphrase is asked for from now on.
        if (!isLeading()) await deleteDeviceCopy();
      } finally {
        await leader.ask((commands) => commands.lock());
      }
    },
    async keepOpen() {
      // The leader hears of the use of every tab.
      if (isLeading()) await own.keepOpen();
    },
    deleteAccount: () => leader.ask((commands) => commands.deleteAccount()),
    signOut: () => leader.ask((commands) => commands.signOut()),
    markPhraseSaved: () => leader.ask((commands) => commands.markPhraseSaved()),
    dismissErased: () => void leader.ask((commands) => commands.dismissErased()),
  };

  own.onChange(() => {
    const { phase, account, isPhraseSaved, locks } = own;
    // From its last time of leading it may still have to withdraw.
    if (phase !== "elsewhere") onOwn({ phase, account, isPhraseSaved, locks, failure: null });
  });

  return {
    session,
    changeLeader(commands) {
      hasSettled = false;
      leader.replace(commands);
    },
    show(state) {
      hasSettled ||= state.phase !== "starting";
      if (state.failure) arrival.reject(errorOfImage(state.failure));
      if (!hasSettled) return;
      shown = state;
      onShown(shown);
      for (const listener of listeners) listener();
      arrival.resolve();
    },
  };
}
