import { type IpGroups, parseCidr, parseIp } from "./ip.ts";

/**
 * Not global unicast by IANA's special-purpose registries (RFC 6890, as of 2025), multicast and reserved space
 * included. Blocks that are reachable and serve other things than web sites (AS112, AMT, 6to4's anycast) stand here too.
 */
const SPECIAL_V4 = cidrs(
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 " +
    "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 " +
    "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4",
);

/** The only space that IANA gives out for global unicast. */
const GLOBAL_V6 = parseCidr("2000::/3")!;
const SPECIAL_V6 = cidrs("2001::/23 2001:db8::/32 2620:4f:8000::/48 3fff::/20");

const MAPPED = parseCidr("::ffff:0:0/96")!;
const NAT64 = parseCidr("64:ff9b::/96")!;
const SIX_TO_FOUR = parseCidr("2002::/16")!;
const TEREDO = parseCidr("2001::/32")!;

/** True where an address, without zone, may be connected to. (Specification page 6) */
export function isGlobalAddress(text: string): boolean {
  const ip = text.includes("%") ? null : parseIp(text);
  return ip !== null && isGlobal(ip);
}

function isGlobal(ip: IpGroups): boolean {
  const embedded = embeddedV4(ip);
  if (embedded) return embedded.every((v4) => !SPECIAL_V4.some((block) => block.contains(v4)));
  return GLOBAL_V6.contains(ip) && !SPECIAL_V6.some((block) => block.contains(ip));
}

/** The IPv4 addresses that an address leads to, mapped; null where it leads to none. */
function embeddedV4(ip: IpGroups): IpGroups[] | null {
  const mapped = (high: number, low: number) => [0, 0, 0, 0, 0, 0xffff, high, low];
  if (MAPPED.contains(ip)) return [ip];
  if (NAT64.contains(ip)) return [mapped(ip[6]!, ip[7]!)];
  if (SIX_TO_FOUR.contains(ip)) return [mapped(ip[1]!, ip[2]!)];
  // The server's address, and the client's with every bit turned over.
  if (TEREDO.contains(ip)) {
    return [mapped(ip[2]!, ip[3]!), mapped(ip[6]! ^ 0xffff, ip[7]! ^ 0xffff)];
  }
  return null;
}

function cidrs(text: string) {
  return text.split(" ").map((cidr) => parseCidr(cidr)!);
}
