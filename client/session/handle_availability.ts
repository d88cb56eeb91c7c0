import { isHandle, isReservedHandle } from "../../protocol/handle.ts";
import type { Api } from "../api.ts";
import { UserError } from "../user_error.ts";
import type { HandleAvailability } from "./session.ts";

/** Whether a handle can be had on the home server. */
export async function handleAvailability(
  handle: string,
  api: Pick<Api, "lookUp">,
): Promise<HandleAvailability> {
  if (!isHandle(handle)) return "invalid";
  if (isReservedHandle(handle)) return "reserved";
  try {
    return await api.lookUp(handle) ? "taken" : "free";
  } catch (error) {
    if (error instanceof UserError) return "unknown";
    throw error;
  }
}
