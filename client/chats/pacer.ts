import type { RelayEnvironment } from "../relays/relay_environment.ts";

/** Work in a row beyond this keeps the page from drawing its next frame. */
const BUDGET_MS = 12;

/** Lets long work give way to the page. */
export interface Pacer {
  /** Resolves at once, or after the page had its turn where the work since then has taken too long. */
  breathe(): Promise<void>;
}

/** A pacer that counts from now. */
export function createPacer(
  { environment, nowMs = () => performance.now() }: {
    environment: Pick<RelayEnvironment, "setTimer">;
    nowMs?: () => number;
  },
): Pacer {
  let sinceMs = nowMs();
  return {
    async breathe() {
      if (nowMs() - sinceMs < BUDGET_MS) return;
      await new Promise<void>((resolve) => environment.setTimer(resolve, 0));
      sinceMs = nowMs();
    },
  };
}
