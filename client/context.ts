import { createContext } from "svelte";
import type { PageMemory } from "./page_memory.svelte.ts";
import type { Router } from "./router.svelte.ts";
import type { Services } from "./services.ts";

/** The services of this page, for every component below `App`. */
export const [getServices, setServices] = createContext<Services>();

/** The address bar, for every component below `App`. */
export const [getRouter, setRouter] = createContext<Router>();

/** What the screens remember of each other, for every component below `App`. */
export const [getPageMemory, setPageMemory] = createContext<PageMemory>();
