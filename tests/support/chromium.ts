import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
} from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/**
 * Without a user interface: a test with it takes three quarters of the time. It asks for no permissions, and shows no
 * notifications.
 */
const SHELL = "chromium-headless-shell";

/** How a test's browser is started. */
export interface ChromiumOptions {
  /** Of Chromium's command line, beside those of every test. */
  flags?: string[];
  /** Whether the test is about what the browser allows a page, or shows beside it. */
  asksPermissions?: boolean;
  /** Whether the pages compute long, or are measured. */
  optimizesScripts?: boolean;
}

/** Where installers put it without adding it to PATH. */
const USUAL_PLACES: Partial<Record<typeof Deno.build.os, string[]>> = {
  linux: ["/snap/bin/chromium", "/opt/google/chrome/chrome", "/usr/lib/chromium/chromium"],
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ],
  windows: ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].flatMap((variable) => {
    const folder = process.env[variable];
    return folder ? [join(folder, "Google\\Chrome\\Application\\chrome.exe")] : [];
  }),
};

/** Nothing but what a test asks for goes over the network, and nothing pops up. */
const FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-domain-reliability",
  "--disable-sync",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-default-browser-check",
  "--no-first-run",
  "--no-pings",
];

/** A short test's pages end before the work of V8's dearest compiler has paid for itself, which is a sixth of their time. */
const UNOPTIMIZED = "--js-flags=--no-turbofan";

/** Command-line flags for a headless Chromium; Chromium's sandbox does not work for root. */
export function chromiumFlags(): string[] {
  return Deno.build.os === "linux" && Deno.uid() === 0 ? [...FLAGS, "--no-sandbox"] : FLAGS;
}

/**
 * Finds an installed Chromium or Chrome: `CHROMIUM_PATH`, then PATH, then the usual places.
 *
 * @returns its path, or null where there is none
 */
async function findChromium(asksPermissions: boolean): Promise<string | null> {
  const names = asksPermissions ? NAMES : [SHELL, ...NAMES];
  const named = process.env.CHROMIUM_PATH;
  if (named) return named;
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
  for (const path of [...onPath, ...(USUAL_PLACES[Deno.build.os] ?? [])]) {
    if (await isFile(path)) return path;
  }
  return null;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    const isAbsent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.PermissionDenied;
    if (!isAbsent) throw error;
    return false;
  }
}

/** Starts a headless Chromium: an installed one, else the one that an npm package brings (Linux, x64). */
export async function launchChromium(
  { flags = [], asksPermissions = false, optimizesScripts = false }: ChromiumOptions = {},
): Promise<Browser> {
  const { args = [], ...options } = await launchOptions(asksPermissions);
  const all = [...args, ...(optimizesScripts ? [] : [UNOPTIMIZED]), ...flags];
  return await chromium.launch({ ...options, args: all });
}

/** As {@link launchChromium}, with all that it keeps in a folder that outlives it: the browser of one person. */
export async function launchProfile(
  dir: string,
  options: BrowserContextOptions,
): Promise<BrowserContext> {
  return await chromium.launchPersistentContext(dir, { ...await launchOptions(), ...options });
}

async function launchOptions(asksPermissions = false): Promise<LaunchOptions> {
  const installed = await findChromium(asksPermissions);
  if (installed === null) return await packagedOptions();
  return { executablePath: installed, args: chromiumFlags() };
}

/** The package brings the few libraries that a bare machine lacks, and fonts; its own flags are for another purpose. */
async function packagedOptions(): Promise<LaunchOptions> {
  const { default: packaged, inflate } = await import("@sparticuz/chromium");
  const executablePath = await packaged.executablePath();
  const entry = fileURLToPath(import.meta.resolve("@sparticuz/chromium"));
  const libraries = await inflate(join(dirname(entry), "../bin/al2023.tar.br"));
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: join(libraries, "lib"),
    FONTCONFIG_PATH: join(tmpdir(), "fonts"),
  };
  // It comes without the helper that Chromium's sandbox needs.
  const args = [...new Set([...chromiumFlags(), "--no-sandbox"])];
  return { executablePath, args, env };
}
