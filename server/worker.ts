import { startServer } from "./app.ts";
import { createLog, errorText, type Log } from "./log.ts";
import { StartFault } from "./start_fault.ts";
import { NO_NOTIFIER, type Notifier, openNotifier } from "./service_manager.ts";
import type { SupervisorMessage, WorkerMessage } from "./worker_messages.ts";

/**
 * The server's entry. It runs as a Worker that may do no more than `workerPermissions` says, and does what the
 * supervisor's messages tell it.
 */
let stopServer: Promise<() => Promise<void>> | null = null;
let notifier: Notifier = NO_NOTIFIER;

const tell = (message: WorkerMessage): void => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<SupervisorMessage>) => {
  if (data.type === "start") stopServer = start(data);
  else void stop();
};

async function start({ config, manager }: SupervisorMessage & { type: "start" }) {
  const log: Log = createLog({
    level: config.logLevel,
    format: config.logFormat,
    // Unlike a write to Deno.stdout, this does not throw where nobody reads any more.
    write: (line) => console.log(line.trimEnd()),
    nowMs: Date.now,
  });
  try {
    if (manager !== null) notifier = openNotifier(manager, { dataDir: config.dataDir, log });
    const server = await startServer(config, { log, nowMs: Date.now, say: console.error });
    tell({ type: "ready", server: server.server });
    await notifier.ready();
    return server.stop;
  } catch (error) {
    tell({
      type: "failed",
      message: error instanceof StartFault ? error.message : errorText(error),
    });
    return () => Promise.resolve();
  }
}

async function stop(): Promise<void> {
  const stopNow = await stopServer;
  await notifier.stopping();
  await stopNow?.();
  notifier.close();
  tell({ type: "stopped" });
}

tell({ type: "loaded" });
