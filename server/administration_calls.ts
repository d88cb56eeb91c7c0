import type { ControlCalls } from "./control/control_calls.ts";
import type { RegistrationMode } from "./config.ts";
import type { Invites } from "./registry/invite_store.ts";
import type { Registry } from "./registry/registry.ts";
import { registryCalls } from "./registry/registry_calls.ts";

/** What the calls work on. */
export interface AdministrationDeps {
  /** The server's public name. */
  server: string;
  version: string;
  registration: RegistrationMode;
  registry: Pick<Registry, "administration">;
  invites: Invites;
}

/**
 * Everything that commands ask of whoever has the data open: the running server, over its socket, or the command itself
 * where none runs.
 */
export function administrationCalls(
  { server, version, registration, registry, invites }: AdministrationDeps,
): ControlCalls {
  return {
    "server.about": () => Promise.resolve({ server, version }),
    ...registryCalls({ server, registration, invites, handles: registry.administration }),
  };
}
