import { UserError } from "../user_error.ts";

/** Nothing was written, because another tab writes by now. This one is about to hear of it. */
export class OtherWriterError extends UserError {
  constructor() {
    super("storage_failed");
  }
}
