import { join } from "node:path";
import { isLoopbackServer } from "../../protocol/handle.ts";
import { type Config, formatEndpoint } from "../config.ts";
import { isRemoteDatabase } from "../config_derived.ts";
import { statIfThere } from "../if_there.ts";
import { holdData } from "../hold_data.ts";
import type { Log } from "../log.ts";
import type { ServiceManager } from "../service_manager.ts";
import { StartFault } from "../start_fault.ts";
import { supervise } from "../supervisor.ts";
import { workerPermissions } from "../worker_permissions.ts";
import { welcomeFields, welcomeText } from "./welcome.ts";

export interface ServeOptions {
  /** The folder that the program lies in: its code, and the built client in `dist/client`. */
  homeDir: string;
  workerUrl: URL;
  /** Who is told how the server is. */
  manager: ServiceManager | null;
  log: Log;
  nowMs(): number;
}

/**
 * Prepares and locks the data folder, then runs the server until it ends.
 *
 * @returns the exit code
 */
export async function serve(
  given: Config,
  { homeDir, workerUrl, manager, log, nowMs }: ServeOptions,
): Promise<number> {
  const config = { ...given, webDir: given.webDir ?? join(homeDir, "dist/client") };
  try {
    using data = holdData(config);
    if (data.isOpenToOthers) {
      log.warn("other users of this machine can look into the data folder", {
        folder: config.dataDir,
        hint: `chmod 700 ${config.dataDir}`,
      });
    }
    explain(config, log);
    const isFirst = isFirstStart(config);
    const permissions = workerPermissions(config, { homeDir, manager });
    const onReady = (server: string) => {
      if (isFirst) welcome(config, { server, log });
    };
    return await supervise({ config, workerUrl, permissions, manager, log, nowMs, onReady });
  } catch (error) {
    if (!(error instanceof StartFault)) throw error;
    log.error("kez-chat cannot start", { reason: error.message });
    return 1;
  }
}

/** Whether nobody has ever registered here, because there is nothing to be registered in. */
function isFirstStart({ dbPath }: Config): boolean {
  return !isRemoteDatabase({ dbPath }) && statIfThere(dbPath) === null;
}

function welcome(
  { dataDir, logFormat }: Config,
  { server, log }: { server: string; log: Log },
): void {
  const start = { server, dataDir };
  if (logFormat === "text") console.log(welcomeText(start));
  else log.info("first start", welcomeFields(start));
}

/** What the settings mean for people, where that is easily overlooked. */
function explain(
  { bind, server, registration, relayPolicy, relayUrl, rateLimits }: Config,
  log: Log,
): void {
  if (!isLoopbackServer(formatEndpoint(bind))) {
    log.info("other machines can connect without a reverse proxy", {
      hint: "where the internet reaches this one, put a proxy in front and --bind to 127.0.0.1",
    });
  }
  if (server === null || isLoopbackServer(server)) {
    log.info("only this machine can reach the server by its name", {
      hint: "give its public name with --server",
    });
  }
  if (registration === "closed") {
    log.info("registration is closed", {
      hint: "--registration invite lets in whoever has an invite, --registration open everybody",
    });
  }
  if (relayPolicy === "off" && relayUrl === null) {
    log.warn("no relay runs here, and messages have no other", {
      hint: "name one with --relay-url, or leave --relay-policy out",
    });
  }
  if (!rateLimits) log.warn("rate limits are off", { hint: "this is for load tests alone" });
}
