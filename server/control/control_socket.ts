import { removeIfThere } from "../if_there.ts";
import { join } from "node:path";
import * as v from "valibot";
import { afterMs } from "../after_ms.ts";
import { errorText, type Log } from "../log.ts";
import { StartFault } from "../start_fault.ts";
import { faultFields } from "../storage_fault.ts";
import type { ControlCalls } from "./control_calls.ts";
import { controlPath, readLines, writeLine } from "./control_lines.ts";

/** The socket by which commands reach a running server. */
export interface ControlSocket {
  /** Ends every connection, and takes the socket away. */
  stop(): void;
}

/** Commands are run by hand, one or two at a time. */
const MAX_CONNECTIONS = 8;
const ACCEPT_AGAIN_MS = 500;
/** What one connection may ask ahead of the answers. */
const MAX_WAITING = 4;

const RequestShape = v.object({ call: v.string(), params: v.optional(v.unknown()) });

/**
 * Listens at `<dataDir>/control.sock`, which its owner alone may connect to (0600), and answers `calls`: a request is a line
 * `{"call": name, "params": …}`, an answer any number of lines `{"part": …}` and then `{"result": …}` or `{"refusal": words}`.
 *
 * @returns null where the system has no such sockets, or none with so long a path: the server does without
 */
export function openControlSocket(
  { dataDir, calls, log }: { dataDir: string; calls: ControlCalls; log: Log },
): ControlSocket | null {
  const path = controlPath(dataDir);
  let listener: Deno.UnixListener;
  try {
    listener = listenPrivately(path, dataDir);
  } catch (error) {
    log.warn("commands cannot reach this server while it runs", {
      reason: errorText(error),
      hint: "stop it before you use them, or choose a --data with a shorter path",
    });
    return null;
  }
  const connections = new Set<Deno.Conn>();
  const accepting = acceptAll(listener, { connections, calls, log });
  accepting.catch((error) => log.error("control.failed", { reason: errorText(error) }));
  return {
    stop() {
      close(listener);
      for (const connection of connections) close(connection);
      removeIfThere(path);
    },
  };
}

/**
 * The socket is made in a folder of its owner's and moved into place, so that there is no moment in which others could
 * connect, and that one which a crash left is replaced.
 */
function listenPrivately(path: string, dataDir: string): Deno.UnixListener {
  const folder = join(dataDir, ".control");
  removeIfThere(folder, { recursive: true });
  Deno.mkdirSync(folder, { mode: 0o700 });
  // As long as the path in the end: what is too long for a socket is so now.
  const made = join(folder, "sck");
  const listener = Deno.listen({ transport: "unix", path: made });
  try {
    Deno.chmodSync(made, 0o600);
    Deno.renameSync(made, path);
    Deno.removeSync(folder);
    return listener;
  } catch (error) {
    listener.close();
    throw error;
  }
}

async function acceptAll(
  listener: Deno.UnixListener,
  { connections, calls, log }: { connections: Set<Deno.Conn>; calls: ControlCalls; log: Log },
): Promise<void> {
  for await (const connection of acceptedBy(listener, log)) {
    if (connections.size >= MAX_CONNECTIONS) {
      void turnAway(connection, log);
      continue;
    }
    connections.add(connection);
    serve(connection, { calls, log })
      // It is closed for it; the server has nothing to mend.
      .catch((error) => log.debug("control.cut_off", { reason: errorText(error) }))
      .finally(() => {
        connections.delete(connection);
        close(connection);
      });
  }
}

/** The connections until the listener is closed. One that cannot be had, for want of a descriptor, is tried again. */
async function* acceptedBy(listener: Deno.UnixListener, log: Log): AsyncGenerator<Deno.Conn> {
  for (;;) {
    try {
      yield await listener.accept();
    } catch (error) {
      const isClosed = error instanceof Deno.errors.BadResource ||
        error instanceof Deno.errors.Interrupted;
      if (isClosed) return;
      log.debug("control.not_accepted", { reason: errorText(error) });
      await new Promise<void>((resolve) => afterMs(ACCEPT_AGAIN_MS, resolve));
    }
  }
}

async function turnAway(connection: Deno.Conn, log: Log): Promise<void> {
  const refusal = "Other commands have not come to their end. Let them, or end them.";
  try {
    // So short a line waits for nobody.
    await writeLine(connection, { refusal });
  } catch (error) {
    log.debug("control.cut_off", { reason: errorText(error) });
  }
  close(connection);
}

/** Answers one request after another. Reading goes on meanwhile, which tells a call that its caller is gone. */
async function serve(
  connection: Deno.Conn,
  { calls, log }: { calls: ControlCalls; log: Log },
): Promise<void> {
  const gone = new AbortController();
  let answered = Promise.resolve();
  let waiting = 0;
  try {
    for await (const line of readLines(connection)) {
      if (++waiting > MAX_WAITING) throw new RangeError("Too many requests at once.");
      answered = answered.then(async () => {
        await answer(line, { connection, calls, log, signal: gone.signal });
        waiting--;
      });
      answered.catch(() => close(connection));
    }
  } finally {
    gone.abort();
  }
  await answered;
}

async function answer(
  line: string,
  { connection, calls, log, signal }: {
    connection: Deno.Conn;
    calls: ControlCalls;
    log: Log;
    signal: AbortSignal;
  },
): Promise<void> {
  const request = parseRequest(line);
  const call = request && Object.hasOwn(calls, request.call) ? calls[request.call]! : null;
  if (!request || !call) {
    const refusal = "The running server does not know this command: it is of another version. " +
      "Restart it.";
    return await writeLine(connection, { refusal });
  }
  const send = (part: unknown) => writeLine(connection, { part });
  let outcome: { result: unknown } | { refusal: string };
  try {
    outcome = { result: await call(request.params, { send, signal }) ?? null };
  } catch (error) {
    outcome = { refusal: refusalOf(error) };
    if (!(error instanceof StartFault) && !signal.aborted) {
      log.error("control.call_failed", { call: request.call, ...faultFields(error) });
    }
  }
  await writeLine(connection, outcome);
}

function refusalOf(error: unknown): string {
  if (error instanceof StartFault) return error.message;
  const { hint = "Its log has the reason" } = faultFields(error);
  return `The running server could not do it. ${hint}.`;
}

function parseRequest(line: string): v.InferOutput<typeof RequestShape> | null {
  try {
    const parsed = v.safeParse(RequestShape, JSON.parse(line));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch (error) {
    // Closed before, by whichever end came first.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
