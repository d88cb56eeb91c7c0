import { fileSize } from "../components/storage/file_size.ts";
import { UserError } from "../user_error.ts";
import { t } from "./text.ts";

/** The sentence for a failure: what happened, then what to do. Anything but a UserError is said to be unexpected. */
export function errorText(error: unknown): string {
  if (!(error instanceof UserError)) return t.error.unexpected;
  const { code, detail } = error;
  if (detail === undefined) return t.error[code];
  switch (code) {
    case "bad_phrase":
    case "server_error":
      return detail;
    case "rate_limited":
      return waitText(Number(detail)) ?? t.error[code];
    case "wrong_passphrase":
      return wrongPassphraseText(Number(detail)) ?? t.error[code];
    case "unknown_server":
      return t.error.unknownServerNamed(detail);
    case "unproven_handle":
      return t.error.unprovenHandleNamed(detail);
    case "file_too_large":
      return t.error.fileTooLarge(fileSize(Number(detail)).replace(".0", ""));
    case "upload_refused":
      return t.error.uploadRefused(detail);
    default:
      return t.error[code];
  }
}

function waitText(seconds: number): string | null {
  return isTime(seconds) ? t.error.rateLimitedFor(Math.ceil(seconds)) : null;
}

function wrongPassphraseText(seconds: number): string | null {
  return isTime(seconds) ? t.error.wrongPassphraseWait(Math.ceil(seconds)) : null;
}

function isTime(seconds: number): boolean {
  return Number.isFinite(seconds) && seconds > 0;
}
