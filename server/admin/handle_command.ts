import type { AskControl } from "../control/control_calls.ts";
import type { ListedHandle } from "../registry/registry_calls.ts";
import type { CommandLine } from "./command_line.ts";
import type { Output } from "./invite_command.ts";
import { minuteText, tableText } from "./table_text.ts";

/** Handles have at most so many characters. */
const HANDLE_WIDTH = 32;

const MEANINGS: Record<ListedHandle["state"], string> = {
  live: "somebody has it",
  released: "given up; whoever had it may have it back, nobody else",
  reserved: "kept back by you; nobody may register it",
  free: "nobody ever had it",
};

/**
 * The command `handle`.
 *
 * @throws StartFault with words for the operator
 */
export async function handleCommand(
  { words: [action, name = ""] }: Pick<CommandLine, "words">,
  { ask, print, say }: Output & { ask: AskControl },
): Promise<void> {
  const handle = name.toLowerCase();
  if (action === "list") {
    let isEmpty = true;
    await ask("handle.list", undefined, (page) => {
      for (const one of page as ListedHandle[]) {
        isEmpty = false;
        print(listLine(one));
      }
    });
    if (isEmpty) say("Nobody has a handle here yet, and none is kept back.");
    return;
  }
  if (action === "show") {
    return print(shown(await ask("handle.show", { handle }) as ListedHandle));
  }
  if (action === "reserve") {
    await ask("handle.reserve", { handle });
    return say(
      `Nobody may register ${handle} now. Let it go with: kez-chat handle release ${handle}`,
    );
  }
  const outcome = await ask("handle.release", { handle });
  say(
    outcome === "unreserved"
      ? `${handle} is no longer kept back.`
      : `${handle} was taken away. Its mail, files and pushes go within the hour. Whoever had it may register it again, ` +
        `unless you keep it back: kez-chat handle reserve ${handle}`,
  );
}

/** One line a handle, as it comes: there may be very many. */
function listLine({ handle, state, since }: ListedHandle): string {
  return `${handle.padEnd(HANDLE_WIDTH)}  ${state.padEnd(8)}  ${since ? minuteText(since) : ""}`
    .trimEnd();
}

function shown({ handle, state, since, primary, addr, nostr }: ListedHandle): string {
  const rows: Array<[string, string | null]> = [
    ["handle", handle],
    ["state", `${state}: ${MEANINGS[state]}`],
    ["since", since && minuteText(since)],
    ["primary", primary],
    ["addr", addr],
    ["nostr", nostr],
  ];
  return tableText(rows.flatMap(([name, value]) => value === null ? [] : [[name, value]]));
}
