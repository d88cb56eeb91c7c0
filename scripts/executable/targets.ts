/** What people call the machines that an executable is built for, with what Deno calls them. (Specification page 8) */
export const TARGETS = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "macos-x64": "x86_64-apple-darwin",
  "macos-arm64": "aarch64-apple-darwin",
  "windows-x64": "x86_64-pc-windows-msvc",
} as const;

export type Target = keyof typeof TARGETS;

/** Takes either name. Null for any other. */
export function parseTarget(text: string): Target | null {
  const names = Object.keys(TARGETS) as Target[];
  return names.find((name) => name === text || TARGETS[name] === text) ?? null;
}

/** The one of this machine; null where Deno has a runtime that this list does not. */
export function ownTarget(): Target | null {
  return parseTarget(Deno.build.target);
}

/** `kez-chat`, and with the ending that Windows wants. */
export function executableName(target: Target): string {
  return target.startsWith("windows") ? "kez-chat.exe" : "kez-chat";
}
