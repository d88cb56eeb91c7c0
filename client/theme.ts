/** What a person chose; `system` follows the device. */
export type Theme = "system" | "light" | "dark";

/** In the order in which they are offered. */
export const THEMES: readonly Theme[] = ["system", "light", "dark"];

const KEY = "kez-chat/theme";

/** The chosen theme; `system` where none is kept, or the browser refuses its storage. */
export function loadTheme(storage: () => Pick<Storage, "getItem">): Theme {
  try {
    const kept = storage().getItem(KEY);
    return THEMES.find((theme) => theme === kept) ?? "system";
  } catch (error) {
    // Browsers that block site data throw at the first touch; the theme then lasts as long as the page.
    console.debug("No storage for the theme", error);
    return "system";
  }
}

/** Keeps the choice for the next visit, where the browser lets us. */
export function keepTheme(theme: Theme, storage: () => Pick<Storage, "setItem">): void {
  try {
    storage().setItem(KEY, theme);
  } catch (error) {
    console.debug("No storage for the theme", error);
  }
}

/** The page's root, and the metas that say how the browser colours its own frame. */
export interface ThemedPage {
  root: Pick<HTMLElement, "dataset">;
  /** Each with the theme that it is for in `data-for`. */
  frames: Iterable<Pick<HTMLMetaElement, "media" | "dataset">>;
}

/** What of a document carries the theme. */
export function themedPage(document: Document): ThemedPage {
  return {
    root: document.documentElement,
    frames: document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]"),
  };
}

/** Shows a theme: the styles read `data-theme`, which is absent for `system`. */
export function showTheme(theme: Theme, { root, frames }: ThemedPage): void {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const frame of frames) {
    const { for: meant } = frame.dataset;
    if (theme === "system") frame.media = `(prefers-color-scheme: ${meant})`;
    else frame.media = theme === meant ? "all" : "not all";
  }
}
