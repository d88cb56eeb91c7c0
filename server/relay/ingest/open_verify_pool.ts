import type { Log } from "../../log.ts";
import { afterIo } from "../connection/after_io.ts";
import { createSignatureCheck } from "./signature_check.ts";
import { spawnVerifyWorker } from "./spawn_verify_worker.ts";
import { createVerifyPool, type VerifyPool } from "./verify_pool.ts";

const MAX_WORKERS = 2;

/** A pool with real Workers. */
export function openVerifyPool({ log }: { log: Log }): VerifyPool {
  return createVerifyPool({
    maxWorkers: MAX_WORKERS,
    spawn: spawnVerifyWorker,
    check: createSignatureCheck({ log }),
    defer: afterIo,
    log,
  });
}
