import { blobAuthTemplate, type BlobVerb } from "../../../protocol/blob_auth.ts";
import { encodeNostrAuthorization } from "../../../protocol/nostr_authorization.ts";
import { signEvent } from "../../../protocol/nostr_event.ts";

/** The header that allows a call on one blob at the home server, for as long as `forS` says. (BUD-01) */
export type AuthorizeBlob = (
  call: { verb: BlobVerb; sha256: string; forS: number },
) => string;

/** Signs with the own nostr key: not to be called once that is wiped. */
export function createBlobAuthorizer(
  { server, nostrSecret, randomBytes, nowMs }: {
    server: string;
    nostrSecret: Uint8Array;
    randomBytes(length: number): Uint8Array;
    nowMs(): number;
  },
): AuthorizeBlob {
  return ({ verb, sha256, forS }) => {
    const createdAtS = Math.floor(nowMs() / 1000);
    const call = { verb, sha256, server, createdAtS, expiresAtS: createdAtS + forS };
    const random = randomBytes(32);
    return encodeNostrAuthorization(signEvent(blobAuthTemplate(call), { nostrSecret, random }));
  };
}
