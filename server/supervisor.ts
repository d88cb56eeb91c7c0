import type { Config } from "./config.ts";
import { onEndSignal } from "./end_signals.ts";
import { createSignalRule } from "./lifecycle.ts";
import type { Log } from "./log.ts";
import type { ServiceManager } from "./service_manager.ts";
import type { SupervisorMessage, WorkerMessage } from "./worker_messages.ts";

/** The server has steps of its own with shorter time-outs; this is for one that does not answer at all. */
const DRAIN_TIMEOUT_MS = 9_000;

/** Everything that this process was granted. What the Worker was given stays its own. */
const PERMISSIONS = ["read", "write", "net", "env", "run", "ffi", "sys", "import"] as const;

export interface SuperviseOptions {
  config: Config;
  /** `server/worker.ts`, or what it was bundled into. */
  workerUrl: URL;
  permissions: Deno.PermissionOptionsObject;
  /** Who is told how the server is. */
  manager: ServiceManager | null;
  log: Log;
  nowMs(): number;
  /** Called when the server takes requests, with its public name. This process has no permissions by then. */
  onReady?(server: string): void;
}

/**
 * Runs the server as a Worker under `permissions`, gives up the permissions of this process before the server
 * starts, and ends the server on SIGTERM or SIGINT.
 *
 * @returns the exit code: 0 after a drain, 1 where the server could not start or ended by itself, 130 or 143
 * after a second signal
 */
export async function supervise(
  { config, workerUrl, permissions, manager, log, nowMs, onReady }: SuperviseOptions,
): Promise<number> {
  const ended = Promise.withResolvers<number>();
  const worker = new Worker(workerUrl, { type: "module", deno: { permissions } });
  const say = (message: SupervisorMessage): void => worker.postMessage(message);

  worker.onmessage = async ({ data }: MessageEvent<WorkerMessage>) => {
    if (data.type === "loaded") {
      await revokePermissions();
      say({ type: "start", config, manager });
    } else if (data.type === "ready") {
      onReady?.(data.server);
    } else if (data.type === "failed") {
      log.error("kez-chat cannot start", { reason: data.message });
      ended.resolve(1);
    } else if (data.type === "stopped") {
      log.info("stopped");
      ended.resolve(0);
    }
  };
  worker.onerror = (event) => {
    event.preventDefault();
    log.error("the server ended by an error", { reason: event.message });
    ended.resolve(1);
  };

  let drainTimer: ReturnType<typeof setTimeout> | undefined;
  const drain = (): void => {
    log.info("stopping");
    say({ type: "stop" });
    drainTimer = setTimeout(() => {
      log.error("the server did not stop in time");
      ended.resolve(1);
    }, DRAIN_TIMEOUT_MS);
  };
  const unlisten = listenToSignals({ nowMs, drain, exit: ended.resolve });
  const code = await ended.promise;
  clearTimeout(drainTimer);
  unlisten();
  worker.terminate();
  return code;
}

function listenToSignals(
  { nowMs, drain, exit }: { nowMs(): number; drain(): void; exit(code: number): void },
): () => void {
  const meaningOf = createSignalRule(nowMs);
  return onEndSignal((exitCode) => {
    const meaning = meaningOf();
    if (meaning === "drain") drain();
    else if (meaning === "exit") exit(exitCode);
  });
}

async function revokePermissions(): Promise<void> {
  for (const name of PERMISSIONS) await Deno.permissions.revoke({ name });
}
