import assert from "node:assert/strict";
import type { BrowserContextOptions, ConsoleMessage, Page } from "playwright-core";
import { type ChromiumOptions, launchChromium, launchProfile } from "./chromium.ts";
import { deriveQuickly } from "./quick_passphrases.ts";

/** The two window sizes of every screenshot, in CSS pixels. */
export const SIZES = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
};

export type Size = keyof typeof SIZES;
export type Theme = "light" | "dark";

/** Longest wait for an element, a click or a page, in ms; a stuck one should fail with its name, not time out the run. */
const MAX_ACTION_MS = 20_000;

/** How a person's browser looks. */
export interface PageOptions {
  /** Paths are relative to this, as in `page.goto("/chats")`. */
  baseUrl: string;
  /** Default: desktop. */
  size?: Size;
  /** Default: light. */
  theme?: Theme;
  /** Default: reduced, so that nothing is looked at while it moves. */
  motion?: "reduce" | "no-preference";
  context?: BrowserContextOptions;
}

/** How a test's browsers are. */
export interface BrowserOptions extends ChromiumOptions {
  /** Whether passphrases are only on the way to what is tested: see {@link deriveQuickly}. */
  hasQuickPassphrases?: boolean;
  /** Whether the app is kept for starts without a network, which costs a second of a core for each person. Default: true. */
  hasServiceWorker?: boolean;
}

/** A running browser, in which every page is a person with storage of its own. */
export interface TestBrowser extends AsyncDisposable {
  newPage(options: PageOptions): Promise<Page>;
  /** Lets console errors pass that match; for tests that provoke one. */
  allow(pattern: RegExp): void;
}

/**
 * Starts a browser for one test: `await using browser = await startBrowser()`.
 *
 * @throws AssertionError when it is disposed of, if a page threw, or wrote an error to the console (as violations of the
 * Content-Security-Policy do), or missed one of its files. What the network or a server refused is no fault of the page.
 */
export async function startBrowser(
  { hasQuickPassphrases = false, hasServiceWorker = true, ...options }: BrowserOptions = {},
): Promise<TestBrowser> {
  const browser = await launchChromium(options);
  const faults: string[] = [];
  const allowed: RegExp[] = [];
  return {
    async newPage({ baseUrl, size = "desktop", theme = "light", motion = "reduce", context = {} }) {
      const person = await browser.newContext({
        baseURL: baseUrl,
        viewport: SIZES[size],
        colorScheme: theme,
        reducedMotion: motion,
        serviceWorkers: hasServiceWorker ? "allow" : "block",
        ...context,
      });
      person.setDefaultTimeout(MAX_ACTION_MS);
      if (hasQuickPassphrases) await deriveQuickly(person);
      const page = await person.newPage();
      collectFaults(page, faults);
      return page;
    },
    allow: (pattern) => {
      allowed.push(pattern);
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      const found = faults.filter((fault) => !allowed.some((pattern) => pattern.test(fault)));
      assert.deepEqual(found, [], "a page had faults");
    },
  };
}

/** The browser of one person, with one page. */
export interface Profile extends AsyncDisposable {
  readonly page: Page;
}

/**
 * Starts a browser that keeps everything in a folder, so that it can be closed and started again as on a person's own
 * device: `await using profile = await startProfile(dir, { baseUrl })`.
 *
 * @throws AssertionError as {@link startBrowser}, when it is disposed of
 */
export async function startProfile(
  dir: string,
  { baseUrl }: { baseUrl: string },
): Promise<Profile> {
  const context = await launchProfile(dir, { baseURL: baseUrl, viewport: SIZES.desktop });
  context.setDefaultTimeout(MAX_ACTION_MS);
  const faults: string[] = [];
  const page = context.pages()[0] ?? await context.newPage();
  collectFaults(page, faults);
  return {
    page,
    async [Symbol.asyncDispose]() {
      await context.close();
      assert.deepEqual(faults, [], "a page had faults");
    },
  };
}

function collectFaults(page: Page, faults: string[]): void {
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !isNetworkMessage(message)) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() >= 400 && pathname.startsWith("/assets/")) {
      faults.push(`${response.status()}: ${pathname}`);
    }
  });
}

/** Chromium logs each refused request and each lost socket, however well the page deals with it. */
function isNetworkMessage(message: ConsoleMessage): boolean {
  return /^(Failed to load resource:|WebSocket connection to )/.test(message.text());
}
