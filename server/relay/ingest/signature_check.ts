import { schnorr } from "@noble/curves/secp256k1.js";
import { errorText, type Log } from "../../log.ts";
import { readClaim } from "./signature_claim.ts";

/** True where the claim at an index of packed claims is right: the pubkey's owner signed the id. (BIP-340) */
export type SignatureCheck = (claims: Uint8Array, index: number) => boolean;

type Library = Pick<typeof import("tiny-secp256k1"), "verifySchnorr">;

/** What the library throws for a pubkey that is no point, and for r or s beyond the curve's order. */
const NOT_RIGHT = ["Expected Point", "Expected Signature"];

/** A check by WebAssembly: about 0.3 ms. */
export function checkByLibrary({ verifySchnorr }: Library): SignatureCheck {
  return (claims, index) => {
    const { id, pubkey, sig } = readClaim(claims, index);
    try {
      return verifySchnorr(id, pubkey, sig);
    } catch (error) {
      if (error instanceof Error && NOT_RIGHT.includes(error.message)) return false;
      throw error;
    }
  };
}

/** The same check without WebAssembly, several times slower. */
export const checkPortably: SignatureCheck = (claims, index) => {
  const { id, pubkey, sig } = readClaim(claims, index);
  return schnorr.verify(sig, id, pubkey);
};

/** The fastest check that there is: by WebAssembly from the moment that it is loaded, if it ever is. */
export function createSignatureCheck(
  { load = () => import("tiny-secp256k1"), log }: { load?: () => Promise<Library>; log: Log },
): SignatureCheck {
  let check = checkPortably;
  load().then((library) => check = checkByLibrary(library)).catch((error) =>
    log.warn("relay.verify_library_missing", { reason: errorText(error) })
  );
  return (claims, index) => check(claims, index);
}
