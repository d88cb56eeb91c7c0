import { createSocket } from "node:dgram";

const TYPES = { A: 1, TXT: 16, AAAA: 28 } as const;

/** Records by `<type> <name>`; addresses as bytes, a TXT record as its pieces. A name that is not there does not exist. */
export type Records = Record<string, (number[] | string[])[]>;

/** A name server over UDP on this machine, with one zone in memory. */
export interface NameServer extends AsyncDisposable {
  hostname: string;
  port: number;
  /** What was asked, as `<type> <name>`. */
  questions: string[];
}

/** @param isSilent never answers */
export async function startNameServer(
  records: Records,
  { isSilent = false }: { isSilent?: boolean } = {},
): Promise<NameServer> {
  const questions: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const { name, type, end } = questionOf(query);
    const typeName = Object.entries(TYPES).find(([, code]) => code === type)?.[0] ?? type;
    questions.push(`${typeName} ${name}`);
    if (isSilent) return;
    const found = records[`${typeName} ${name}`] ?? [];
    const exists = Object.keys(records).some((key) => key.endsWith(` ${name}`));
    const header = [
      query[0]!,
      query[1]!,
      0x85,
      exists ? 0x80 : 0x83,
      0,
      1,
      0,
      found.length,
      0,
      0,
      0,
      0,
    ];
    const answers = found.flatMap((data) => {
      const bytes = data.flatMap((part) => typeof part === "string" ? pieceOf(part) : [part]);
      return [
        0xc0,
        12,
        0,
        type,
        0,
        1,
        0,
        0,
        0,
        60,
        bytes.length >> 8,
        bytes.length & 255,
        ...bytes,
      ];
    });
    socket.send(
      Uint8Array.from([...header, ...query.subarray(12, end), ...answers]),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
  return {
    hostname: "127.0.0.1",
    port: socket.address().port,
    questions,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

function questionOf(query: Uint8Array) {
  const labels: string[] = [];
  let at = 12;
  while (query[at]! > 0) {
    labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + query[at]!)));
    at += query[at]! + 1;
  }
  return {
    name: labels.join(".").toLowerCase(),
    type: query[at + 1]! * 256 + query[at + 2]!,
    end: at + 5,
  };
}

function pieceOf(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [bytes.length, ...bytes];
}
