import { UserError, type UserErrorCode } from "../user_error.ts";

const ABOUT_HANDLE: readonly UserErrorCode[] = [
  "handle_taken",
  "reserved_handle",
  "invalid_handle",
];

/** True for a failure that another handle mends: it is told at the handle's field. */
export function isAboutHandle(error: unknown): boolean {
  return error instanceof UserError && ABOUT_HANDLE.includes(error.code);
}
