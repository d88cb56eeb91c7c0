import { removeIfThere } from "./if_there.ts";
import { join } from "node:path";
import { errorText, type Log } from "./log.ts";
import { StartFault } from "./start_fault.ts";

/** What systemd told the program that it started: where it is told how the server is. (sd_notify) */
export interface ServiceManager {
  /** Takes datagrams. */
  socketPath: string;
  /** It ends a server that says nothing for so long; null: it does not watch. */
  watchdogMs: number | null;
}

/** How the server is, told to the service manager. */
export interface Notifier {
  /** It takes requests; from now on it tells that it is alive. */
  ready(): Promise<void>;
  /** It drains. */
  stopping(): Promise<void>;
  /** Says nothing more. */
  close(): void;
}

/** Reads `NOTIFY_SOCKET` and `WATCHDOG_USEC`. Null where nobody is to be told. (Specification page 8) */
export function readServiceManager(
  variable: (name: "NOTIFY_SOCKET" | "WATCHDOG_USEC") => string | undefined,
): ServiceManager | null {
  const socketPath = variable("NOTIFY_SOCKET") ?? "";
  // A name in the abstract namespace (@…) cannot be written to from here; systemd gives a path.
  if (!socketPath.startsWith("/")) return null;
  const watchdogMs = Number(variable("WATCHDOG_USEC") ?? "") / 1000;
  return { socketPath, watchdogMs: watchdogMs > 0 ? watchdogMs : null };
}

/** The socket that notes are sent from: in the data folder, where the server may write. */
function notifierPath(dataDir: string): string {
  return join(dataDir, "notify.sock");
}

/** Says nothing, where nobody is to be told. */
export const NO_NOTIFIER: Notifier = {
  ready: () => Promise.resolve(),
  stopping: () => Promise.resolve(),
  close: () => {},
};

/**
 * Opens the way to the service manager. A note that cannot be sent is logged, and keeps nothing from happening: systemd
 * then ends the server, which its own log explains.
 *
 * @throws StartFault where there can be no such socket in the data folder
 */
export function openNotifier(
  { socketPath, watchdogMs }: ServiceManager,
  { dataDir, log }: { dataDir: string; log: Log },
): Notifier {
  const path = notifierPath(dataDir);
  // What `kill -9` left of the last one; the lock of the data says that there is no other.
  removeIfThere(path);
  const socket = open(path);
  const say = async (state: string): Promise<void> => {
    try {
      await socket.send(new TextEncoder().encode(state), {
        transport: "unixpacket",
        path: socketPath,
      });
    } catch (error) {
      log.warn("systemd.unreachable", { reason: errorText(error) });
    }
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    async ready() {
      await say("READY=1");
      // Twice as often as needed, as systemd advises.
      if (watchdogMs !== null) timer = setInterval(() => say("WATCHDOG=1"), watchdogMs / 2);
    },
    stopping: () => say("STOPPING=1"),
    close() {
      clearInterval(timer);
      socket.close();
      removeIfThere(path);
    },
  };
}

function open(path: string): Deno.DatagramConn {
  try {
    return Deno.listenDatagram({ transport: "unixpacket", path });
  } catch (cause) {
    throw new StartFault(
      `The socket to tell systemd from, ${path}, cannot be opened (${errorText(cause)}). ` +
        "Choose a --data with a shorter path, or start kez-chat without NOTIFY_SOCKET.",
      { cause },
    );
  }
}
