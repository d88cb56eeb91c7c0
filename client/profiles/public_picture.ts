import { isLoopbackServer } from "../../protocol/handle.ts";
import { KIND } from "../../protocol/nostr_event.ts";
import type { BlobServer } from "../blobs/blob_server.ts";
import { fetchBlob } from "../blobs/fetch_blob.ts";
import type { Fetch } from "../fetch_json.ts";
import type { LookUp } from "../look_up.ts";
import { pictureWorks } from "../pictures/picture_works.ts";
import { PictureFault } from "../pictures/png.ts";
import type { RelayEnvironment } from "../relays/relay_environment.ts";
import { createRelayQueries } from "../relays/relay_queries.ts";
import { isRelayUrl } from "../relays/relay_url.ts";
import { isUserError } from "../user_error.ts";
import { loadPicture } from "./load_picture.ts";
import { parseProfile, pictureOf } from "./profile_content.ts";

type FetchOptions = Parameters<BlobServer["fetch"]>[1];

/**
 * The picture that somebody shows to everyone, for whoever looks at their page; null where there is none, or it cannot
 * be had now. (Specification page 5)
 *
 * @param server the public name of the server whose page it is
 */
export async function loadPublicPicture(
  { nostr: author, relays }: LookUp,
  { server, environment, fetch, signal }: {
    server: string;
    environment: RelayEnvironment;
    fetch: Fetch;
    signal: AbortSignal;
  },
): Promise<Blob | null> {
  const mayBeLoopback = isLoopbackServer(server);
  const [relay] = relays;
  if (!author || !relay || !isRelayUrl(relay, { mayBeLoopback })) return null;
  const queries = createRelayQueries(environment);
  signal.addEventListener("abort", () => queries.stop());
  const [profile] = await queries.ask(relay, { author, kinds: [KIND.profile] }) ?? [];
  const picture = profile && pictureOf(parseProfile(profile.content), { mayBeLoopback });
  if (!picture || picture.visual || signal.aborted) return null;
  try {
    const blobs = {
      fetch: (url: string, options: FetchOptions) =>
        fetchBlob(url, { ...options, fetch, homeServer: server }),
    };
    const { face } = await loadPicture(picture, { key: null, blobs, works: pictureWorks, signal });
    const blob = new Blob([new Uint8Array(face)]);
    (await createImageBitmap(blob)).close();
    return blob;
  } catch (error) {
    // What is no picture, or not there, is not shown.
    const isNone = error instanceof PictureFault || error instanceof DOMException ||
      isUserError(error, "no_network");
    if (isNone || signal.aborted) return null;
    throw error;
  }
}
