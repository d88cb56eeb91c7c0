import * as v from "valibot";
import { StartFault } from "../start_fault.ts";
import type { AskControl } from "./control_calls.ts";
import { controlPath, readLines, writeLine } from "./control_lines.ts";

/** A connection to the server that runs on a data folder. */
export interface ControlConnection extends Disposable {
  /** One at a time. */
  ask: AskControl;
}

const AnswerShape = v.union([
  v.object({ part: v.unknown() }),
  v.object({ result: v.unknown() }),
  v.object({ refusal: v.string() }),
]);

/**
 * Connects to the running server of a data folder, as the user that it runs as.
 *
 * @returns null where none listens
 * @throws StartFault where this user may not
 */
export async function connectControl(dataDir: string): Promise<ControlConnection | null> {
  const connection = await connect(controlPath(dataDir));
  if (!connection) return null;
  const lines = readLines(connection);
  return {
    async ask(call, params, onPart = () => undefined) {
      await inWords(() => writeLine(connection, { call, params }));
      for (;;) {
        const { value, done } = await inWords(() => lines.next());
        if (done) throw cutOff();
        const answer = v.parse(AnswerShape, JSON.parse(value));
        if ("part" in answer) await onPart(answer.part);
        else if ("result" in answer) return answer.result;
        else throw new StartFault(answer.refusal);
      }
    },
    [Symbol.dispose]: () => connection.close(),
  };
}

async function connect(path: string): Promise<Deno.Conn | null> {
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch (cause) {
    if (cause instanceof Deno.errors.PermissionDenied) {
      throw new StartFault(
        `${path} is another user's. Run this command as the user that the server runs as.`,
        { cause },
      );
    }
    // No server; one that was killed; a system without such sockets, or a path too long for them.
    return null;
  }
}

async function inWords<T>(exchange: () => Promise<T>): Promise<T> {
  try {
    return await exchange();
  } catch (cause) {
    throw cutOff(cause);
  }
}

function cutOff(cause?: unknown): StartFault {
  return new StartFault(
    "The server ended before it had answered. Look whether it has done what you asked.",
    { cause },
  );
}
