/** Every way in which bytes from the wire can be refused. Names are those of the specification. */
export type ProtocolErrorCode =
  | "malformed"
  | "too_large"
  | "unsupported_document"
  | "unsupported_version"
  | "key_mismatch"
  | "bad_signature"
  | "wrong_server"
  | "invalid_handle"
  | "reserved_handle"
  | "stale_timestamp"
  | "bad_nostr_link"
  | "invalid_primary"
  | "invalid_phrase"
  | "unauthorized"
  | "undecryptable"
  | "bad_padding"
  | "wrong_recipient"
  | "stale"
  | "from_future";

/** A refusal with a stable `code` for programs and a sentence for people. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What has not the shape that it should have. */
export function malformed(reason: string): ProtocolError {
  return new ProtocolError("malformed", reason);
}
