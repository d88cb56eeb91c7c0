/** How a finished command went. */
export interface Finished {
  success: boolean;
  /** Standard output, then standard error. */
  output: string;
}

/** Runs a command without a terminal and without input, and collects what it says. */
export async function runToEnd(
  command: string,
  { args, cwd, env }: { args: string[]; cwd: string; env?: Record<string, string> },
): Promise<Finished> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}
