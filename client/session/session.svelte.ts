import type { LockSettings } from "./lock_model.ts";
import type { Account, Session, SessionPhase } from "./session.ts";

interface Shown {
  phase: SessionPhase;
  account: Account | null;
  isPhraseSaved: boolean;
  locks: LockSettings | null;
}

/** The session as state that screens follow; what it does is the session's. */
export function mirrorSession(session: Session): Session {
  let shown = $state.raw<Shown>(read(session));
  session.onChange(() => shown = read(session));
  return {
    ...session,
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
  };
}

function read({ phase, account, isPhraseSaved, locks }: Session): Shown {
  return { phase, account, isPhraseSaved, locks };
}
