import type { ServerConfig } from "../api.ts";
import { isUserError } from "../user_error.ts";
import { isAboutHandle } from "./about_handle.ts";
import { explain } from "./explain.ts";

/** What somebody who creates or restores an account fills in, and what is wrong with it. */
export class AccountForm {
  handle = $state("");
  /** Kept while somebody goes a step back. */
  passphrase = $state("");
  server = $state(location.host);
  /** Whether the server lets people in by a code alone. */
  isByInvitation = $state(false);
  invite = $state("");
  isBusy = $state(false);
  /** Told beside the handle, beside the code, and beside the passphrase. */
  handleProblem = $state<string | null>(null);
  inviteProblem = $state<string | null>(null);
  problem = $state<string | null>(null);

  /** Takes over what the server says of itself. */
  meet({ server, registration }: ServerConfig): void {
    this.server = server;
    this.isByInvitation = registration === "invite";
  }

  /** Makes the account. False where the handle, or the code, has to be another one. */
  async submit(make: () => Promise<void>): Promise<boolean> {
    this.isBusy = true;
    this.problem = null;
    try {
      await make();
      return true;
    } catch (error) {
      this.#tell(error);
      return !isAboutHandle(error);
    } finally {
      this.isBusy = false;
    }
  }

  #tell(error: unknown): void {
    const words = explain(error);
    if (isUserError(error, "invalid_invite")) {
      // Also where the server did not ask for one when this page was opened.
      this.isByInvitation = true;
      this.inviteProblem = words;
    } else if (isAboutHandle(error)) this.handleProblem = words;
    else this.problem = words;
  }
}
