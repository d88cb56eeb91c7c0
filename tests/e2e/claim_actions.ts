import type { Locator, Page } from "playwright-core";

/** A browser's context for claims: stand-ins have certificates of their own, and texts are copied. */
export const CLAIMS_CONTEXT = {
  ignoreHTTPSErrors: true,
  permissions: ["clipboard-read", "clipboard-write"],
};

/** The line of a claim: `<service> <subject>, <outcome>`. */
export function claim(page: Page, name: string): Locator {
  return page.getByRole("listitem", { name, exact: true });
}

/** Opens the form for a service, and fills in the account. Returns the text to publish, as it was copied. */
export async function beginClaim(
  page: Page,
  { service, account }: { service: string; account: string },
): Promise<string> {
  await page.goto("/claims");
  await page.getByRole("button", { name: "Add claim" }).click();
  await page.getByRole("button", { name: service }).click();
  await page.getByRole("textbox", { name: "Account" }).fill(account);
  await page.getByRole("button", { name: "Copy text" }).click();
  return await page.evaluate<string>("navigator.clipboard.readText()");
}

/** Presses `Check and publish`, and waits until the claim is published. */
export async function publishClaim(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Check and publish" }).click();
  await page.getByRole("heading", { name: "Published" }).waitFor();
}
