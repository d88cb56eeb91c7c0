import { type IpGroups, parseCidr, parseIp, type Subnet } from "./ip.ts";

/** How a request came: the socket's address and the `X-Forwarded-For` header, null where there is none. */
export interface RequestOrigin {
  peer: string | null;
  forwardedFor: string | null;
}

/** Longer chains of proxies are not real; what stands further left is not looked at. */
const MAX_HOPS = 16;

const compiled = new WeakMap<readonly string[], Subnet[]>();

/**
 * Who is counted for a request: an IPv4 address, an IPv6 /64, or `unknown`. Behind trusted proxies it is the rightmost
 * address of `X-Forwarded-For` that is not one of theirs. (Specification page 3)
 *
 * @param trustedProxies CIDRs whose `X-Forwarded-For` is believed; the same array each time, for its parsed form is kept
 */
export function clientKey(
  { peer, forwardedFor }: RequestOrigin,
  trustedProxies: readonly string[],
): string {
  let client = peer === null ? null : parseIp(peer);
  if (!client) return "unknown";
  const hops = hopsOf(forwardedFor);
  while (hops.length > 0 && isIn(trustedProxies, client)) {
    const next = parseIp(withoutPort(hops.pop()!.trim()));
    // A proxy that writes something else than an address: nothing further left can be believed.
    if (!next) break;
    client = next;
  }
  return keyOf(client);
}

/** True where every address that a request came over, the first one too, is in one of the networks. */
export function cameOnlyOver(
  { peer, forwardedFor }: RequestOrigin,
  networks: readonly string[],
): boolean {
  const hops = [...hopsOf(forwardedFor).map((hop) => withoutPort(hop.trim())), peer ?? ""];
  return hops.every((hop) => {
    const ip = parseIp(hop);
    return ip !== null && isIn(networks, ip);
  });
}

function hopsOf(forwardedFor: string | null): string[] {
  return forwardedFor === null ? [] : forwardedFor.split(",").slice(-MAX_HOPS);
}

function isIn(cidrs: readonly string[], ip: IpGroups): boolean {
  return subnetsOf(cidrs).some((subnet) => subnet.contains(ip));
}

function subnetsOf(cidrs: readonly string[]): Subnet[] {
  const known = compiled.get(cidrs);
  if (known) return known;
  const subnets = cidrs.map(parseCidr).filter((subnet) => subnet !== null);
  compiled.set(cidrs, subnets);
  return subnets;
}

function withoutPort(text: string): string {
  const bracketed = /^"?\[([^\]]*)\](?::\d+)?"?$/.exec(text);
  if (bracketed) return bracketed[1]!;
  return /^\d+(?:\.\d+){3}:\d+$/.test(text) ? text.slice(0, text.lastIndexOf(":")) : text;
}

function keyOf(groups: readonly number[]): string {
  const isV4 = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isV4) {
    return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join(".");
  }
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}
