const GAP_PX = 4;
const MARGIN_PX = 8;

/**
 * Puts a popover below its anchor, else above; flush with the anchor's end, or with its start where the popover would leave
 * the thread or the composer that the anchor is in; always within the window. As custom properties.
 */
export function placeBeside(popover: HTMLElement, anchor: HTMLElement): void {
  const by = anchor.getBoundingClientRect();
  const paneLeft = anchor.closest("[role=log], form")?.getBoundingClientRect().left ?? 0;
  const { width, height } = popover.getBoundingClientRect();
  const isBelow = by.bottom + GAP_PX + height + MARGIN_PX <= innerHeight;
  const top = isBelow ? by.bottom + GAP_PX : Math.max(MARGIN_PX, by.top - GAP_PX - height);
  const flush = by.right - width < paneLeft + MARGIN_PX ? by.left : by.right - width;
  const left = Math.min(Math.max(MARGIN_PX, flush), innerWidth - width - MARGIN_PX);
  popover.style.setProperty("--menu-top", `${top}px`);
  popover.style.setProperty("--menu-left", `${left}px`);
}
