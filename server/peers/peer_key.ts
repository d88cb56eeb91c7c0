import { bytesToHex, decodeHex } from "../../protocol/bytes.ts";

const KEY = ["peers", "nostr_secret"];

/**
 * The secret of the nostr key that the relays over one KV know one another by: 32 bytes, made by whichever starts first.
 */
export async function loadPeerSecret(kv: Deno.Kv, random: () => Uint8Array): Promise<Uint8Array> {
  const { value } = await kv.get<string>(KEY);
  if (value !== null) return decodeHex(value)!;
  const made = random();
  const commit = kv.atomic().check({ key: KEY, versionstamp: null }).set(KEY, bytesToHex(made));
  const { ok } = await commit.commit();
  return ok ? made : decodeHex((await kv.get<string>(KEY)).value!)!;
}
