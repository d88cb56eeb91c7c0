import type { Announcer } from "../announcer.svelte.ts";
import { explain } from "./explain.ts";

/** Does what somebody asked for where there is no room for a line: what fails is said, and shown, by the announcer. */
export async function told(announcer: Announcer, task: () => Promise<unknown>): Promise<void> {
  try {
    await task();
  } catch (error) {
    announcer.say(explain(error), { isSeen: true });
  }
}
