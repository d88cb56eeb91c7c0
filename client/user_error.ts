/** Everything that can go wrong in a way that a person is told; the texts are keyed by it. */
export type UserErrorCode =
  | "no_network"
  | "server_error"
  | "rate_limited"
  | "clock_wrong"
  | "unknown_handle"
  | "unknown_server"
  | "unproven_handle"
  | "invalid_handle"
  | "reserved_handle"
  | "handle_taken"
  | "primary_taken"
  | "nostr_taken"
  | "registration_closed"
  | "short_passphrase"
  | "wrong_passphrase"
  | "wrong_biometrics"
  | "biometrics_cancelled"
  | "biometrics_known"
  | "biometrics_keyless"
  | "bad_phrase"
  | "key_changed"
  | "invite_mismatch"
  | "invalid_invite"
  | "message_too_long"
  | "file_too_large"
  | "file_gone"
  | "file_unreadable"
  | "file_damaged"
  | "upload_refused"
  | "quota_exceeded"
  | "server_full"
  | "microphone_denied"
  | "microphone_missing"
  | "recording_failed"
  | "invalid_relay"
  | "too_many_relays"
  | "storage_failed"
  | "not_a_backup"
  | "backup_passphrase"
  | "backup_damaged"
  | "backup_newer"
  | "backup_other_account"
  | "chain_forked"
  | "chain_broken"
  | "chain_newer"
  | "chain_full"
  | "chain_stranger";

/** A failure that a person is told, in words that the screen chooses by `code`. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly code: UserErrorCode;
  /**
   * What the text may say beyond its code: for `bad_phrase` and `server_error` a whole sentence, for `rate_limited` and
   * `wrong_passphrase` the seconds to wait, for `unknown_server` and `unproven_handle` the server's name.
   */
  readonly detail: string | undefined;

  constructor(code: UserErrorCode, { detail, cause }: { detail?: string; cause?: unknown } = {}) {
    super(detail === undefined ? code : `${code}: ${detail}`, { cause });
    this.code = code;
    this.detail = detail;
  }
}

/** True for a UserError of this code. */
export function isUserError(error: unknown, code: UserErrorCode): error is UserError {
  return error instanceof UserError && error.code === code;
}

/** For what is tried again later: null in place of a UserError; anything else is thrown on. */
export function ignoreUserError(error: unknown): null {
  if (error instanceof UserError) return null;
  throw error;
}
