import { type Endpoint, formatEndpoint } from "../config.ts";
import { faultReason } from "../fault_reason.ts";
import { printable } from "../log.ts";

const TIMEOUT_MS = 5_000;

/** The verdict on a running server, as one line, with the exit code that says the same. */
export interface HealthVerdict {
  line: string;
  exitCode: 0 | 1;
}

/** Where a server that listens at `bind` is asked from the same machine: for every address, at the own one. */
export function healthUrl({ hostname, port }: Endpoint): string {
  const own = new Map([["0.0.0.0", "127.0.0.1"], ["::", "::1"]]).get(hostname) ?? hostname;
  return `http://${formatEndpoint({ hostname: own, port })}/v1/healthz`;
}

/** Asks a server's `GET /v1/healthz`. (Specification pages 3 and 8) */
export async function askHealth(
  bind: Endpoint,
  { fetch, timeoutMs = TIMEOUT_MS }: { fetch: typeof globalThis.fetch; timeoutMs?: number },
): Promise<HealthVerdict> {
  if (bind.port === 0) {
    return { exitCode: 1, line: "--bind says port 0; give the port that the server listens on" };
  }
  const url = healthUrl(bind);
  try {
    const response = await fetch(url, {
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return judge({ url, status: response.status, body: await response.json() });
  } catch (error) {
    const reason = reasonOf(error);
    const hint = /refused/i.test(reason) ? "; no server runs here at that --bind" : "";
    return { exitCode: 1, line: `no good answer from ${url}: ${reason}${hint}` };
  }
}

function judge(
  { url, status, body }: { url: string; status: number; body: unknown },
): HealthVerdict {
  const members = typeof body === "object" && body !== null ? body : {};
  const { status: word, server, version, checks } = members as Record<string, unknown>;
  if (status === 200 && word === "ok") {
    return { exitCode: 0, line: printable(`ok: ${String(server)}, version ${String(version)}`) };
  }
  const details = checks === undefined ? "" : `: ${JSON.stringify(checks)}`;
  return { exitCode: 1, line: `not well: ${url} answers ${status}${details}` };
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return "it took too long";
  if (error instanceof SyntaxError) return "something else than kez-chat listens there";
  return faultReason(error);
}
