import type { Locator, Page } from "playwright-core";

/** A button by the whole of its accessible name; the others alike. */
export function button(page: Page, name: string): Locator {
  return page.getByRole("button", { name, exact: true });
}

export function textbox(page: Page, name: string): Locator {
  return page.getByRole("textbox", { name, exact: true });
}

export function menuItem(page: Page, name: string): Locator {
  return page.getByRole("menuitem", { name, exact: true });
}

/** Presses a button. */
export async function press(page: Page, name: string): Promise<void> {
  await button(page, name).click();
}
