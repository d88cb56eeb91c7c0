import { errorText } from "./log.ts";
import { StartFault } from "./start_fault.ts";

/** Says a line to the operator, on standard error: standard output is for what a command was asked for. */
export const say = (line: string): void => console.error(`kez-chat: ${line}`);

/** The exit code of a command; where it fails 1, with words instead of a stack. */
export async function withWords(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    say(error instanceof StartFault ? error.message : errorText(error));
    return 1;
  }
}
