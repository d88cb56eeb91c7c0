import { ROOT } from "../../scripts/build_client.ts";
import { SERVER_PERMISSIONS } from "../../scripts/server_permissions.ts";

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `kez-chat` with arguments until it ends, with the permissions of `deno task start`. */
export async function runKezChat(
  args: readonly string[],
  { env = {}, denoFlags = SERVER_PERMISSIONS }: {
    env?: Record<string, string>;
    denoFlags?: readonly string[];
  } = {},
): Promise<CommandResult> {
  const inherited = Object.entries(Deno.env.toObject());
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...denoFlags, "main.ts", ...args],
    cwd: ROOT,
    clearEnv: true,
    env: {
      ...Object.fromEntries(inherited.filter(([name]) => !name.startsWith("KEZ_CHAT_"))),
      NO_COLOR: "1",
      ...env,
    },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A folder that goes with its user. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "kez-chat-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
