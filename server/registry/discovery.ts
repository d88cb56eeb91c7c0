import { isHandle, serverOrigin } from "../../protocol/handle.ts";
import { Problem } from "../problems.ts";
import { LOOK_UP_MAX_AGE_S, type LookUp, type ServerAddresses, sigchainUrl } from "./look_up.ts";
import type { Registry } from "./registry.ts";

const NAMESPACE = "https://kez.lat/ns";

interface JrdLink {
  rel: string;
  type?: string;
  href: string;
}

interface DiscoveryDeps extends ServerAddresses {
  registry: Pick<Registry, "lookUp">;
}

/**
 * Answers `/.well-known/webfinger`. (RFC 7033; specification page 3)
 *
 * @throws Problem `malformed` without one `resource`, `unknown_handle`
 */
export async function answerWebFinger(request: Request, deps: DiscoveryDeps): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const [resource, ...more] = query.getAll("resource");
  if (!resource || more.length > 0) {
    throw new Problem("malformed", `Name one resource: ?resource=acct:user@${deps.server}`);
  }
  const handle = handleOfAccount(resource, deps.server);
  const found = handle === null ? null : await deps.registry.lookUp(handle);
  if (!found) {
    throw new Problem(
      "unknown_handle",
      `This server has no such account. Its name is ${deps.server}.`,
    );
  }
  const { subject, aliases, properties, links } = describe(found, deps);
  const rels = query.getAll("rel");
  const wanted = rels.length === 0 ? links : links.filter(({ rel }) => rels.includes(rel));
  const body = { subject, aliases, properties, links: wanted };
  return answer(JSON.stringify(body), "application/jrd+json");
}

/** Answers `/.well-known/nostr.json`. (NIP-05; specification page 3) */
export async function answerNip05(
  request: Request,
  { registry }: Pick<DiscoveryDeps, "registry">,
): Promise<Response> {
  const name = new URL(request.url).searchParams.get("name")?.toLowerCase() ?? "";
  const found = isHandle(name) ? await registry.lookUp(name) : null;
  const nostr = found?.record.nostr;
  const body = nostr
    ? { names: { [name]: nostr }, relays: { [nostr]: [found.relayUrl] } }
    : { names: {} };
  return answer(JSON.stringify(body), "application/json; charset=utf-8");
}

function handleOfAccount(resource: string, server: string): string | null {
  const match = /^acct:([^@]+)@([^@]+)$/i.exec(resource);
  const [, user = "", host = ""] = match?.map((text) => text.toLowerCase()) ?? [];
  return host === server && isHandle(user) ? user : null;
}

function describe({ record, relayUrl }: LookUp, addresses: ServerAddresses) {
  const { handle, primary, addr } = record;
  const { server } = addresses;
  const origin = serverOrigin(server);
  const links: JrdLink[] = [
    { rel: "self", type: "application/json", href: `${origin}/v1/u/${handle}` },
    {
      rel: `${NAMESPACE}/sigchain`,
      type: "application/json",
      href: sigchainUrl(primary, addresses),
    },
    { rel: `${NAMESPACE}/relay`, href: relayUrl },
  ];
  return {
    subject: `acct:${handle}@${server}`,
    aliases: [`${origin}/u/${handle}`],
    properties: { [`${NAMESPACE}/primary`]: primary, [`${NAMESPACE}/addr`]: addr },
    links,
  };
}

function answer(body: string, contentType: string): Response {
  const cacheControl = `max-age=${LOOK_UP_MAX_AGE_S}`;
  return new Response(body, {
    headers: { "Content-Type": contentType, "Cache-Control": cacheControl },
  });
}
