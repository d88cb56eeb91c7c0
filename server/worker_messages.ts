import type { Config } from "./config.ts";
import type { ServiceManager } from "./service_manager.ts";

/** What the supervisor says to the server's Worker. */
export type SupervisorMessage =
  | { type: "start"; config: Config; manager: ServiceManager | null }
  | { type: "stop" };

/** What the server's Worker says to the supervisor. */
export type WorkerMessage =
  | { type: "loaded" }
  /** It takes requests, under this public name. */
  | { type: "ready"; server: string }
  /** It could not start; the message is for the operator. */
  | { type: "failed"; message: string }
  | { type: "stopped" };
