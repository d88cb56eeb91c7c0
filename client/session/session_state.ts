import type { AccountMarker } from "./account_marker.ts";
import type { SessionPhase } from "./session.ts";
import type { Vault } from "./vault.ts";

/** Where a session stands, told to whoever listens. Only its steps change it, one at a time. */
export interface SessionState {
  readonly phase: SessionPhase;
  /** What is kept of the account; null where there is none, or another tab has it. */
  readonly vault: Vault | null;
  become(phase: SessionPhase, vault: Vault | null): void;
  /** Takes over what was changed on the disk; nobody is told. */
  keep(vault: Vault): void;
  onChange(listener: () => void): () => void;
  /** Resolves once the session is here and no longer `starting`; rejects where it {@link fail}s. */
  arrived(): Promise<void>;
  /** The same from now on, for everybody who waits. */
  arriveAgain(): Promise<void>;
  fail(error: unknown): void;
}

/** The state of a session that starts. */
export function createSessionState(marker: AccountMarker): SessionState {
  const listeners = new Set<() => void>();
  let phase: SessionPhase = "starting";
  let vault: Vault | null = null;
  let arrival = newArrival();

  return {
    get phase() {
      return phase;
    },
    get vault() {
      return vault;
    },
    become(nextPhase, nextVault) {
      phase = nextPhase;
      vault = nextVault;
      if (vault) marker.set();
      for (const listener of listeners) listener();
      if (phase !== "starting" && phase !== "elsewhere") arrival.resolve();
    },
    keep(changed) {
      vault = changed;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    arrived: () => arrival.promise,
    arriveAgain() {
      const earlier = arrival;
      arrival = newArrival();
      arrival.promise.then(earlier.resolve, earlier.reject);
      return arrival.promise;
    },
    fail: (error) => arrival.reject(error),
  };
}

function newArrival(): PromiseWithResolvers<void> {
  const arrival = Promise.withResolvers<void>();
  // A start that fails with nobody waiting is told by onFault.
  arrival.promise.catch(() => undefined);
  return arrival;
}
