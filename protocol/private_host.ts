/** Names that lead nowhere but into the house they are asked in. (RFC 6761; RFC 6762 with appendix G; RFC 8375) */
const PRIVATE_NAME =
  /(?:^|\.)(?:localhost|local|internal|intranet|private|corp|home|lan|home\.arpa)$/;
/** IPv4 as URLs spell it; the private, shared and link-local ranges of RFC 6890. */
const PRIVATE_V4 =
  /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
/** The only IPv6 space of the public internet; what carries an IPv4 address inside stands apart. */
const PUBLIC_V6 = /^\[[23][0-9a-f]{3}:/;
const CARRIES_V4 = /^\[(?:2002|2001:0?):/;

/**
 * True where a URL's host is of the machine or house in which it is asked, as far as its name tells: nobody else's word has us
 * knock there. A public name may lead there all the same.
 *
 * @param host as `URL` gives it, with or without a port
 */
export function isPrivateHost(host: string): boolean {
  const name = host.replace(/:\d+$/, "").replace(/\.$/, "");
  if (name.startsWith("[")) return !PUBLIC_V6.test(name) || CARRIES_V4.test(name);
  if (/^[\d.]+$/.test(name)) return PRIVATE_V4.test(name);
  return !name.includes(".") || PRIVATE_NAME.test(name);
}
