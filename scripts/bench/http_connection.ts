const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");
const HEAD_END = "\r\n\r\n";

/** What came back: its status, and its body as Latin-1 text. */
export interface RawAnswer {
  status: number;
  body: string;
}

/** One kept-alive connection that costs the measuring side as little as possible. */
export interface RawConnection extends Disposable {
  /** Sends a whole request (head and body) and reads the answer, which must have a Content-Length. */
  send(request: string): Promise<RawAnswer>;
}

/** Connects to a server on this machine. */
export async function connectRaw(hostname: string, port: number): Promise<RawConnection> {
  const connection = await Deno.connect({ hostname, port });
  connection.setNoDelay();
  const buffer = new Uint8Array(65_536);
  return {
    async send(request) {
      let rest = encoder.encode(request);
      while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
      let text = "";
      for (;;) {
        const length = await connection.read(buffer);
        if (length === null) throw new Error("The server ended the connection.");
        text += decoder.decode(buffer.subarray(0, length));
        const answer = parseAnswer(text);
        if (answer) return answer;
      }
    },
    [Symbol.dispose]() {
      connection.close();
    },
  };
}

function parseAnswer(text: string): RawAnswer | null {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const length = Number(/content-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0);
  const body = text.slice(headEnd + HEAD_END.length);
  return body.length < length ? null : { status: Number(text.slice(9, 12)), body };
}
