import { errorText } from "./log.ts";
import { faultFields } from "./storage_fault.ts";
import { StartFault } from "./start_fault.ts";

/** Says a line to the operator, on standard error: standard output is for what a command was asked for. */
export const say = (line: string): void => console.error(`kez-chat: ${line}`);

/** The exit code of a command; where it fails 1, with words instead of a stack. */
export async function withWords(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    say(wordsOf(error));
    return 1;
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof StartFault) return error.message;
  if (error instanceof Deno.errors.PermissionDenied) {
    return `${errorText(error)}. Run this command as the user that the server runs as.`;
  }
  const { reason, hint } = faultFields(error);
  return hint === undefined ? String(reason) : `${reason}. ${hint}.`;
}
