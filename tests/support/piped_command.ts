import { ROOT } from "../../scripts/build_client.ts";
import { SERVER_PERMISSIONS } from "../../scripts/server_permissions.ts";
import type { CommandResult } from "./command.ts";

/** A command of `kez-chat` that runs, its standard input in the hands of the test; killed where it outlives that. */
export interface PipedCommand extends AsyncDisposable {
  child: Deno.ChildProcess;
  /** Writes to its standard input; ends when it is taken. */
  write(text: string): Promise<void>;
  /** Ends its standard input and waits for its end. */
  finish(): Promise<CommandResult>;
  /** Ends it by a signal. */
  kill(signal: Deno.Signal): Promise<CommandResult>;
}

/** Starts `main.ts` with the permissions of `deno task start`. */
export function startCommand(args: readonly string[]): PipedCommand {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  const output = child.output();
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  const ended = async (): Promise<CommandResult> => {
    const { code, stdout, stderr } = await output;
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  };
  return {
    child,
    write: (text) => stdin.write(new TextEncoder().encode(text)),
    async finish() {
      await stdin.close();
      return await ended();
    },
    async kill(signal) {
      child.kill(signal);
      const result = await ended();
      // Nobody reads it any more.
      await stdin.abort().catch(() => {});
      return result;
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill("SIGKILL");
      await output;
      await stdin.abort().catch(() => {});
    },
  };
}

/** Runs a command over an input to its end. */
export async function runPiped(args: readonly string[], input: string): Promise<CommandResult> {
  await using command = startCommand(args);
  await command.write(input);
  return await command.finish();
}
