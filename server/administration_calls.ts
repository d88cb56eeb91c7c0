import type { ControlCalls } from "./control/control_calls.ts";

/** What the calls work on. */
export interface AdministrationDeps {
  /** The server's public name. */
  server: string;
  version: string;
}

/**
 * Everything that commands ask of whoever has the data open: the running server, over its socket, or the command itself
 * where none runs.
 */
export function administrationCalls({ server, version }: AdministrationDeps): ControlCalls {
  return {
    "server.about": () => Promise.resolve({ server, version }),
  };
}
