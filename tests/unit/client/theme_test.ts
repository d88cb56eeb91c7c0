import assert from "node:assert/strict";
import { keepTheme, loadTheme, showTheme, type Theme, THEMES } from "../../../client/theme.ts";

function memory(): () => Pick<Storage, "getItem" | "setItem"> {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  return () => storage;
}

Deno.test("a theme that was kept is loaded again", () => {
  for (const theme of THEMES) {
    const storage = memory();
    keepTheme(theme, storage);
    assert.equal(loadTheme(storage), theme);
  }
});

Deno.test("the system's theme is used where none, or nonsense, is kept", () => {
  const storage = memory();
  assert.equal(loadTheme(storage), "system");
  keepTheme("<script>" as Theme, storage);
  assert.equal(loadTheme(storage), "system");
});

Deno.test("a browser that refuses its storage costs the choice and nothing more", () => {
  const refuse = (): Storage => {
    throw new DOMException("denied", "SecurityError");
  };
  assert.equal(loadTheme(refuse), "system");
  keepTheme("dark", refuse);
});

Deno.test("the page carries the chosen theme and its frame's colour, and nothing for the system's", () => {
  const root = { dataset: {} as DOMStringMap };
  const frames = ["light", "dark"].map((theme) => ({ media: "", dataset: { for: theme } }));
  const media = () => frames.map(({ media }) => media);
  showTheme("dark", { root, frames });
  assert.deepEqual(root.dataset, { theme: "dark" });
  assert.deepEqual(media(), ["not all", "all"]);
  showTheme("system", { root, frames });
  assert.deepEqual(root.dataset, {});
  assert.deepEqual(media(), ["(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"]);
});
