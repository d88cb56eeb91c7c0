import { createContext } from "svelte";
import type { Chats } from "./chats/model.ts";
import type { PageMemory } from "./page_memory.svelte.ts";
import type { Router } from "./router.svelte.ts";
import type { Services } from "./services.ts";

/** The services of this page, for every component below `App`. */
export const [getServices, setServices] = createContext<Services>();

/** The address bar, for every component below `App`. */
export const [getRouter, setRouter] = createContext<Router>();

/** What the screens remember of each other, for every component below `App`. */
export const [getPageMemory, setPageMemory] = createContext<PageMemory>();

/**
 * The chats of the open account; only below what `App` shows while it is unlocked.
 *
 * @throws Error where it is locked
 */
export function getChats(): Chats {
  const { chats } = getServices();
  if (chats === null) throw new Error("The account is locked.");
  return chats;
}
