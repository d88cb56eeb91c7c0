import { errorText } from "./log.ts";
import { faultFields } from "./storage_fault.ts";
import { StartFault } from "./start_fault.ts";

/** Says a line to the operator, on standard error: standard output is for what a command was asked for. */
export const say = (line: string): void => console.error(`kez-chat: ${line}`);

/** What a shell reports for a program that wrote to a pipe that nobody reads any more. */
const EXIT_BROKEN_PIPE = 141;

/** The exit code of a command; where it fails 1, with words instead of a stack. A reader that went away hears none. */
export async function withWords(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return EXIT_BROKEN_PIPE;
    say(wordsOf(error));
    return 1;
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof StartFault) return error.message;
  if (error instanceof Deno.errors.PermissionDenied) {
    return `${
      errorText(error)
    }. Run this command as the user that the server runs as, on files that this user may read and write.`;
  }
  const { reason, hint } = faultFields(error);
  return hint === undefined ? String(reason) : `${reason}. ${hint}.`;
}
