import { pictureWorks } from "../../../../client/pictures/picture_works.ts";
import { encodePng } from "../../../../client/pictures/png.ts";
import { bytesToHex, owned } from "../../../../protocol/bytes.ts";
import { nostrPubkeyOf } from "../../../../protocol/identity.ts";
import { KIND, type NostrEvent, signEvent } from "../../../../protocol/nostr_event.ts";
import { sealPictureKeys } from "../../../../protocol/picture_key.ts";
import { connectClient } from "../../../relay/support/test_client.ts";
import { publish } from "../chats/hostile.ts";
import type { Person, World } from "../chats/world.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

/** A small picture of one colour. */
export function faceOf(red: number): Promise<Uint8Array<ArrayBuffer>> {
  const rgb = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => at % 3 === 0 ? red : at % 251);
  return encodePng({ width: 16, height: 16, rgb });
}

export async function sha256Of(bytes: Uint8Array): Promise<string> {
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", owned(bytes))));
}

/** A picture as its owner puts it on a server, and what the profile says of it. */
export async function scrambledPicture(
  face: Uint8Array,
  { world, person, readers }: { world: World; person: Person; readers: Person[] },
) {
  const [key, salt] = [randomBytes(32), randomBytes(16)];
  const secret = {
    version: "kez-visual-v2",
    key: bytesToHex(key),
    salt: bytesToHex(salt),
  } as const;
  const noise = await pictureWorks.scramble(face, secret);
  const sha256 = await sha256Of(noise);
  world.blobs.stored.set(sha256, noise);
  const keys = await sealPictureKeys({
    key,
    salt,
    readers: readers.map(({ primary }) => primary),
    identitySecret: person.secrets.identitySecret,
    randomBytes,
  });
  const picture = `https://kez.test/${sha256}.png#kez-visual-v2:${secret.salt}`;
  return { secret, sha256, profile: { picture, kez_visual_keys: keys } };
}

/** Publishes somebody's profile, dated so much ahead. */
export async function publishProfile(
  world: World,
  { person, profile, aheadS = 0 }: {
    person: Person;
    profile: Record<string, unknown>;
    aheadS?: number;
  },
): Promise<void> {
  const content = JSON.stringify({ name: person.handle, ...profile });
  const createdAtS = Math.floor(Date.now() / 1000) + aheadS;
  const template = { kind: KIND.profile, tags: [], content, created_at: createdAtS };
  const { nostrSecret } = person.secrets;
  await publish(world, signEvent(template, { nostrSecret, random: randomBytes(32) }));
}

type ProfileJson = Record<string, unknown>;

/** The profile of somebody on the home relay, as soon as it is as said. */
export async function untilPublished(
  world: World,
  { secrets }: Person,
  isSo: (profile: ProfileJson) => boolean,
): Promise<ProfileJson> {
  await using client = await connectClient(world.relayUrl);
  const authors = [nostrPubkeyOf(secrets.nostrSecret)];
  const stored = await client.subscribe("profile", { kinds: [KIND.profile], authors });
  let event: NostrEvent | undefined = stored[0];
  for (;;) {
    const profile = event ? JSON.parse(event.content) : null;
    if (profile && isSo(profile)) return profile;
    event = await client.live("profile");
  }
}
