/** An address as eight 16-bit groups; IPv4 stands as `::ffff:a.b.c.d`. */
export type IpGroups = readonly number[];

export interface Subnet {
  contains(ip: IpGroups): boolean;
}

/** Parses an IPv4 or IPv6 address (a zone after `%` is left out); null where the text is neither. */
export function parseIp(text: string): IpGroups | null {
  const address = text.split("%", 1)[0]!;
  if (!address.includes(":")) {
    const v4 = parseV4(address);
    return v4 && [0, 0, 0, 0, 0, 0xffff, ...v4];
  }
  return parseV6(address);
}

/** Parses `10.0.0.0/8`, `2001:db8::/32`, or a single address; null where the text is none of these. */
export function parseCidr(text: string): Subnet | null {
  const [address = "", prefix, ...rest] = text.split("/");
  const base = parseIp(address);
  if (!base || rest.length > 0) return null;
  const widthOfFamily = address.includes(":") ? 128 : 32;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return null;
  const length = prefix === undefined ? widthOfFamily : Number(prefix);
  if (length > widthOfFamily) return null;
  const bits = length + 128 - widthOfFamily;
  return { contains: (ip) => base.every((group, i) => sameBits(group, ip[i]!, bits - i * 16)) };
}

function sameBits(a: number, b: number, bits: number): boolean {
  if (bits <= 0) return true;
  const mask = bits >= 16 ? 0xffff : (0xffff << (16 - bits)) & 0xffff;
  return (a & mask) === (b & mask);
}

function parseV4(text: string): [number, number] | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return null;
  const bytes = match.slice(1).map(Number);
  if (bytes.some((byte) => byte > 255)) return null;
  return [bytes[0]! * 256 + bytes[1]!, bytes[2]! * 256 + bytes[3]!];
}

function parseV6(text: string): IpGroups | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (!head || !tail) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string, mayEndInV4: boolean): number[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    const v4 = mayEndInV4 && i === parts.length - 1 ? parseV4(part) : null;
    if (v4) groups.push(...v4);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(parseInt(part, 16));
    else return null;
  }
  return groups;
}
