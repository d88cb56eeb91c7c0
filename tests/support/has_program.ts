/** Whether a program of this name can be started here. */
export function hasProgram(name: string): boolean {
  return new Deno.Command("sh", { args: ["-c", 'command -v "$0" >/dev/null', name] }).outputSync()
    .success;
}
