import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { BACKUP_PASSPHRASE, type HistoryPart, makeHistory } from "./history_file.ts";

/** Gives the account of a page a made-up history, through `Import backup` in Settings; ends there, the dialog closed. */
export async function importHistory(
  page: Page,
  { url, handle, parts, endMs = Date.now() - 60_000 }: {
    url: string;
    handle: string;
    parts: HistoryPart[];
    endMs?: number;
  },
): Promise<void> {
  const { primary, server } = await accountOf(url, handle);
  const file = await makeHistory({ handle, server, primary }, { parts, endMs });
  await page.goto(`${url}/settings`);
  await chooseBackup(page, { name: "history.backup", bytes: file });
  await page.getByRole("textbox", { name: "Passphrase" }).fill(BACKUP_PASSPHRASE);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("button", { name: "Done" }).click({ timeout: 120_000 });
}

/** Opens `Import backup` on the settings page and chooses a file. */
export async function chooseBackup(
  page: Page,
  { name, bytes }: { name: string; bytes: Uint8Array },
): Promise<void> {
  await page.getByRole("button", { name: "Import backup" }).click();
  await page.getByLabel("File", { exact: true }).setInputFiles({
    name,
    mimeType: "application/octet-stream",
    buffer: Buffer.from(bytes),
  });
}

async function accountOf(
  url: string,
  handle: string,
): Promise<{ primary: string; server: string }> {
  const response = await fetch(`${url}/v1/u/${handle}`);
  const text = await response.text();
  const [primary] = /ed25519:[0-9a-f]{64}/.exec(text)!;
  return { primary, server: new URL(url).host };
}
