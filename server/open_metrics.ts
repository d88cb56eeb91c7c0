import { promises as fs } from "node:fs";
import type { OpenBlobs } from "./blobs/open_blobs.ts";
import type { Config } from "./config.ts";
import { isRemoteDatabase, relayDatabasePath } from "./config_derived.ts";
import type { Listener } from "./listener/listener.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { type MetricsListener, openMetricsListener } from "./metrics/metrics_listener.ts";
import { openListener } from "./open_listener.ts";
import type { Registry } from "./registry/registry.ts";
import type { Relay } from "./relay/relay.ts";

/** SQLite's log is on the disk too. */
const DATABASE_SUFFIXES = ["", "-wal"];

/**
 * Opens the listener of `--metrics`; null where there is none.
 *
 * @throws StartFault where it cannot listen there
 */
export async function openMetrics(
  config: Config,
  { metrics, relay, listener, registry, blobs }: {
    metrics: Metrics;
    relay: Pick<Relay, "counts"> | null;
    listener: Pick<Listener, "connections">;
    registry: Pick<Registry, "handleCount">;
    blobs: Pick<OpenBlobs, "usedBytes">;
  },
): Promise<MetricsListener | null> {
  const { metrics: endpoint, dataDir, dbPath } = config;
  if (endpoint === null) return null;
  const page = async (): Promise<string> => {
    const { bavail, bsize } = await fs.statfs(dataDir);
    return metrics.text({
      ...relay?.counts() ?? { sockets: 0, subscriptions: 0 },
      handles: registry.handleCount(),
      listener: listener.connections(),
      storage: {
        registry: isRemoteDatabase(config) ? 0 : await sizeOf(dbPath),
        relay: await sizeOf(relayDatabasePath(config)),
        blobs: await blobs.usedBytes(),
      },
      freeBytes: bavail * bsize,
      residentBytes: Deno.memoryUsage().rss,
    });
  };
  return await openListener("--metrics", {
    endpoint,
    open: () => openMetricsListener(endpoint, page),
  });
}

async function sizeOf(dbPath: string): Promise<number> {
  let bytes = 0;
  for (const suffix of DATABASE_SUFFIXES) {
    try {
      bytes += (await Deno.stat(dbPath + suffix)).size;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return bytes;
}
