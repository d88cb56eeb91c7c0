import type { Publisher } from "../relays/publisher.ts";
import type { Reader } from "../relays/reader.ts";
import type { ConnectionView } from "./model.ts";

/** What the connection dialog shows: the home relay, then those of others to which mail goes at present. */
export function viewConnection(
  { reader, publisher, url }: { reader?: Reader; publisher?: Publisher; url: string },
): ConnectionView {
  const state = reader?.state ?? "connecting";
  const others = (publisher?.openRelays() ?? []).filter((other) => other !== url);
  return {
    state,
    relays: [
      { url, state, reason: reader?.reason ?? null },
      ...others.map((other) => ({ url: other, state: "connected" as const, reason: null })),
    ],
  };
}
