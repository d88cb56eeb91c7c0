/** What of an answer's head a push is about. */
export interface AnswerHead {
  status: number;
  /** As it stands there; null where it does not. */
  retryAfter: string | null;
}

/** Push services say little; whoever says more is no HTTP server. */
const MAX_HEAD_BYTES = 16 * 1024;
const CHUNK_BYTES = 2 * 1024;
const LATIN1 = new TextDecoder("latin1");

/**
 * Posts nothing but headers over a connection that is open already, and ends with the answer's head; the caller closes the
 * connection. A burst makes thousands of these, and node's streams would cost each some 40 KB of memory. (RFC 9112)
 *
 * @throws Error where the connection ends, or what comes is no HTTP
 */
export async function postOver(
  connection: Pick<Deno.Conn, "read" | "write">,
  url: URL,
  headers: Record<string, string | number>,
): Promise<AnswerHead> {
  const fields = { Host: url.host, "User-Agent": "kez-chat", Connection: "close", ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`;
  await writeAll(connection, new TextEncoder().encode(head));
  return await readHead(connection);
}

async function writeAll(connection: Pick<Deno.Conn, "write">, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function readHead(connection: Pick<Deno.Conn, "read">): Promise<AnswerHead> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  let text = "";
  for (let bytes = 0; bytes < MAX_HEAD_BYTES;) {
    const count = await connection.read(chunk);
    if (count === null) throw new Error("the connection ended before an answer");
    bytes += count;
    // Heads are ASCII; whatever else is in one says nothing here.
    text += LATIN1.decode(chunk.subarray(0, count));
    for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
      const answer = parseHead(text.slice(0, end));
      if (answer.status >= 200) return answer;
      // An answer before the answer, as 103 is one.
      text = text.slice(end + 4);
    }
  }
  throw new Error("the answer's head is too large");
}

function parseHead(text: string): AnswerHead {
  const [first, ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.\d ([1-9]\d\d)(?: |$)/.exec(first!)?.[1];
  if (status === undefined) throw new Error("the answer is no HTTP");
  const found = lines.find((line) => /^retry-after:/i.test(line));
  return {
    status: Number(status),
    retryAfter: found?.slice(found.indexOf(":") + 1).trim() ?? null,
  };
}
