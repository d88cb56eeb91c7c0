import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { closeQuietly } from "../pinned_connection.ts";
import { requestOver } from "../request_over.ts";
import { Unreachable } from "../unreachable.ts";
import type { Connect } from "./proof_connection.ts";

/** Most bytes of an answer, as they come and once they are unpacked. (Specification page 6) */
export const MAX_ANSWER_BYTES = 256 * 1024;

const MAX_REDIRECTS = 5;

export interface TextAnswer {
  status: number;
  text: string;
}

/** `GET` of an https URL on port 443. */
export type FetchText = (
  url: string,
  options: { accept: string; signal: AbortSignal },
) => Promise<TextAnswer>;

/**
 * Fetches texts over checked connections, without cookies; redirects are followed on the same origin alone, each
 * over a connection that was checked anew.
 *
 * @returns a function that throws Unreachable `redirect`, `too_large`, `bad_answer`, and those of `connect`
 */
export function createFetchText(connect: Connect): FetchText {
  return async (start, { accept, signal }) => {
    let url = checkedUrl(start);
    for (let i = 0; i <= MAX_REDIRECTS; i++) {
      const connection = await connect(url.hostname, signal);
      const close = () => closeQuietly(connection);
      signal.addEventListener("abort", close, { once: true });
      try {
        const answer = await requestOver(connection, url, {
          method: "GET",
          headers: { "Accept": accept, "Accept-Encoding": "gzip" },
          signal,
        });
        const location = redirectOf(answer);
        if (location === null) {
          return { status: answer.statusCode ?? 0, text: await readText(answer) };
        }
        url = sameOrigin(location, url);
      } catch (cause) {
        signal.throwIfAborted();
        throw cause instanceof Unreachable ? cause : new Unreachable("bad_answer", { cause });
      } finally {
        signal.removeEventListener("abort", close);
        close();
      }
    }
    throw new Unreachable("redirect");
  };
}

/** Only https, only its own port, only names; nobody's name and password. */
function checkedUrl(text: string): URL {
  const url = URL.parse(text);
  const isName = url !== null && /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?=[a-z0-9-]*[a-z])[a-z0-9-]+$/
    .test(url.hostname);
  const isPlain = url?.protocol === "https:" && url.port === "" && url.username === "" &&
    url.password === "";
  if (!url || !isName || !isPlain) throw new Unreachable("forbidden_address");
  return url;
}

function redirectOf({ statusCode, headers }: IncomingMessage): string | null {
  const isRedirect = statusCode !== undefined && [301, 302, 303, 307, 308].includes(statusCode);
  return isRedirect ? headers.location ?? null : null;
}

function sameOrigin(location: string, from: URL): URL {
  const to = URL.parse(location, from);
  if (to?.origin !== from.origin) throw new Unreachable("redirect");
  return checkedUrl(to.href);
}

async function readText(answer: IncomingMessage): Promise<string> {
  const encoding = answer.headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") throw new Unreachable("bad_answer");
  const packed = bounded(answer);
  const bytes = encoding === "gzip" ? bounded(unpacked(packed)) : packed;
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of bytes) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

async function* unpacked(packed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = Readable.from(packed);
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  yield* source.pipe(gunzip);
}

async function* bounded(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Unreachable("too_large");
    yield chunk;
  }
}
