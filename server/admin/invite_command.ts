import { isLoopbackServer } from "../../protocol/handle.ts";
import { parseRetention, quoted, ValueError } from "../config_values.ts";
import type { AskControl } from "../control/control_calls.ts";
import type { CreatedInvite, ListedInvite } from "../registry/registry_calls.ts";
import { StartFault } from "../start_fault.ts";
import type { CommandLine } from "./command_line.ts";
import { minuteText, tableText } from "./table_text.ts";

const DEFAULT_EXPIRY = "30d";
const MAX_USES = 10_000;

/** Where a command's words go: what was asked for, and what is said besides. */
export interface Output {
  print(line: string): void;
  say(line: string): void;
}

interface Wish {
  uses: number;
  expires_in_s: number;
  /** The handle of who invites; null: only the server does. */
  from: string | null;
}

/**
 * The command `invite`.
 *
 * @throws StartFault with words for the operator
 */
export async function inviteCommand(
  { words: [action, which], commandFlags }: Pick<CommandLine, "words" | "commandFlags">,
  { ask, print, say }: Output & { ask: AskControl },
): Promise<void> {
  if (action === "create") return await create(readWish(commandFlags), { ask, print, say });
  if (action === "list") return await list({ ask, print, say });
  const { uses_left } = await ask("invite.revoke", { which }) as ListedInvite;
  say(`The invite has ended. It would have let in ${people(uses_left)} more.`);
}

function readWish(flags: CommandLine["commandFlags"]): Wish {
  const uses = flags.get("uses") ?? "1";
  if (!/^[1-9]\d{0,4}$/.test(uses) || Number(uses) > MAX_USES) {
    throw new StartFault(`--uses: ${quoted(uses)} is not a number from 1 to ${MAX_USES}`);
  }
  try {
    return {
      uses: Number(uses),
      expires_in_s: parseRetention(flags.get("expires") ?? DEFAULT_EXPIRY),
      from: flags.get("from")?.toLowerCase() ?? null,
    };
  } catch (error) {
    if (error instanceof ValueError) throw new StartFault(`--expires: ${error.message}`);
    throw error;
  }
}

async function create(
  wish: Wish,
  { ask, print, say }: Output & { ask: AskControl },
): Promise<void> {
  const made = await ask("invite.create", wish) as CreatedInvite;
  print(made.link);
  say(
    `It lets in ${people(made.uses)}, until ${minuteText(made.expires_at)}. The code alone: ` +
      `${made.code}. Neither is shown again; end it with: kez-chat invite revoke ${made.id}`,
  );
  if (isLoopbackServer(new URL(made.link).host)) {
    say("The link works on this machine alone. Give the server's public name with --server.");
  }
  if (made.registration === "open") say("Registration is open: nobody needs it here.");
  if (made.registration === "closed") {
    say("Registration is closed, also to whoever has it: start with --registration invite.");
  }
}

async function list({ ask, print, say }: Output & { ask: AskControl }): Promise<void> {
  const rows = [["ID", "LEFT", "UNTIL"]];
  await ask("invite.list", undefined, (page) => {
    for (const { id, uses, uses_left, expires_at } of page as ListedInvite[]) {
      rows.push([id, `${uses_left} of ${uses}`, minuteText(expires_at)]);
    }
  });
  if (rows.length > 1) print(tableText(rows));
  else say("No invite is open. Make one with: kez-chat invite create");
}

function people(count: number): string {
  return count === 1 ? "1 person" : `${count} people`;
}
