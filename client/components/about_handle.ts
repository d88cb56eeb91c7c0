import { UserError, type UserErrorCode } from "../user_error.ts";

const ABOUT_HANDLE: readonly UserErrorCode[] = [
  "handle_taken",
  "reserved_handle",
  "invalid_handle",
  // Its field stands beside the handle's.
  "invalid_invite",
];

/** True for a failure that another handle, or another invite code, mends: it is told where they are asked for. */
export function isAboutHandle(error: unknown): boolean {
  return error instanceof UserError && ABOUT_HANDLE.includes(error.code);
}
