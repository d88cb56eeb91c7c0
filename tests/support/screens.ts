import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { type Size, SIZES, type Theme } from "./browser.ts";
import { within } from "./within.ts";

const SCREENSHOTS_DIR = join(import.meta.dirname!, "../../dist/screenshots");

/** A window size and a theme. */
export interface Look {
  size: Size;
  theme: Theme;
}

const LOOKS: Look[] = [
  { size: "phone", theme: "light" },
  { size: "phone", theme: "dark" },
  { size: "desktop", theme: "light" },
  { size: "desktop", theme: "dark" },
];

/**
 * Looks at one screen in both sizes and themes: it must be accessible in each, and is photographed where that is asked for.
 * The page's own size and theme are put back afterwards.
 */
export async function inspectScreen(page: Page, name: string): Promise<void> {
  const before = { viewport: page.viewportSize(), isDark: await isDark(page) };
  for (const look of LOOKS) {
    await page.setViewportSize(SIZES[look.size]);
    await page.emulateMedia({ colorScheme: look.theme });
    await expectAccessible(page);
    await screenshot(page, { name, ...look });
  }
  if (before.viewport) await page.setViewportSize(before.viewport);
  await page.emulateMedia({ colorScheme: before.isDark ? "dark" : "light" });
}

/**
 * Runs axe-core over the page as it is now.
 *
 * @throws AssertionError that lists each serious or critical issue with the elements it concerns
 */
export async function expectAccessible(page: Page): Promise<void> {
  await nextFrame(page);
  // Evaluated over the debugging protocol, because the page's Content-Security-Policy refuses foreign scripts.
  const isThere = await within(page.evaluate<boolean>(`"axe" in window`), { what: "page" });
  if (!isThere) await within(page.evaluate(axe.source), { what: "axe-core" });
  const run = page.evaluate<AxeResults>(`axe.run(document, { resultTypes: ["violations"] })`);
  const { violations } = await within(run, { what: "result of axe-core" });
  const issues = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => {
      const elements = nodes.slice(0, 5).map(({ html, failureSummary }) =>
        `  ${html}\n    ${failureSummary?.replaceAll("\n", "\n    ")}`
      );
      return [`${id}: ${help} (${nodes.length})`, ...elements].join("\n");
    });
  assert.equal(issues.join("\n"), "", `${page.url()} is not accessible`);
}

/** Writes `dist/screenshots/<name>-<size>-<theme>.png` where `SCREENSHOTS` is set; else does nothing. */
export async function screenshot(
  page: Page,
  { name, size, theme }: Look & { name: string },
): Promise<void> {
  if (!process.env.SCREENSHOTS) return;
  await page.screenshot({ path: join(SCREENSHOTS_DIR, `${name}-${size}-${theme}.png`) });
}

/** A new size or theme is on the screen two frames later. */
async function nextFrame(page: Page): Promise<void> {
  const drawn = page.evaluate<void>(
    "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))",
  );
  await within(drawn, { what: "frame" });
}

async function isDark(page: Page): Promise<boolean> {
  const answer = page.evaluate<boolean>(`matchMedia("(prefers-color-scheme: dark)").matches`);
  return await within(answer, { what: "colour scheme" });
}
