import { errorText } from "../text/error_text.ts";
import { UserError } from "../user_error.ts";

/** The sentence to show for a failure. What nobody foresaw goes to the console too, so that it can be found. */
export function explain(error: unknown): string {
  if (!(error instanceof UserError)) reportError(error);
  return errorText(error);
}
