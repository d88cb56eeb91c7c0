import project from "../deno.json" with { type: "json" };

/** Set where an executable is built (scripts/executable/bundle_server.ts). */
declare const KEZ_CHAT_COMMIT: string | undefined;

/** The version of this program, as `deno.json` has it. */
export const VERSION: string = project.version;

/** The commit that this executable was built from; null where the program runs from its sources. */
export const COMMIT: string | null = typeof KEZ_CHAT_COMMIT === "undefined"
  ? null
  : KEZ_CHAT_COMMIT;

/** Whether this is the executable: its modules are bundled, and lie inside it. */
export const IS_EXECUTABLE: boolean = COMMIT !== null;
