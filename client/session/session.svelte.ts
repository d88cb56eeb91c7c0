import type { Account, Session, SessionPhase } from "./session.ts";

interface Shown {
  phase: SessionPhase;
  account: Account | null;
  isPhraseSaved: boolean;
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
  };
}

function read({ phase, account, isPhraseSaved }: Session): Shown {
  return { phase, account, isPhraseSaved };
}
