import { errorText } from "./log.ts";
import { storageFaultOf } from "./storage_fault.ts";

/** True where there is no room, of whoever wrote. ENOSPC and EDQUOT have no class of their own in Deno. */
export function isDiskFull(error: unknown): boolean {
  return storageFaultOf(error) === "full" || /os error (?:28|122)\)/.test(errorText(error));
}

/** What of the disk keeps a file or folder from being written, in words for the operator; null for any other error. */
export function diskObstacle(error: unknown): string | null {
  if (isDiskFull(error)) return "the disk is full";
  return /os error 30\)/.test(errorText(error)) ? "the disk takes no writes" : null;
}
