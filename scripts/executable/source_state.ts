import { runToEnd } from "../subprocess.ts";

/** Which state of the sources an executable is made of. */
export interface SourceState {
  /** Short name of the commit, with `-changed` where files differ from it; null outside a repository. */
  commit: string | null;
  /** Every embedded file gets this time, so that the same sources make the same bytes. Unix seconds. */
  timeS: number;
}

/** For sources that come without their history: 2020-01-01. */
const NO_COMMIT_TIME_S = 1_577_836_800;

/** Asks git, where there is one, about the sources in a folder. */
export async function readSourceState(root: string): Promise<SourceState> {
  const head = await git(root, ["log", "-1", "--format=%h %ct", "--abbrev=12"]);
  const [commit, time] = head?.trim().split(" ") ?? [];
  if (commit === undefined || time === undefined) return { commit: null, timeS: NO_COMMIT_TIME_S };
  const changes = await git(root, ["status", "--porcelain", "--untracked-files=no"]);
  return { commit: changes === "" ? commit : `${commit}-changed`, timeS: Number(time) };
}

async function git(root: string, args: string[]): Promise<string | null> {
  try {
    const { success, output } = await runToEnd("git", { args, cwd: root });
    return success ? output : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
