const GAP_PX = 4;
const MARGIN_PX = 8;

/** Puts a popover below its anchor, else above, flush with the anchor's end and within the window: as custom properties. */
export function placeBeside(popover: HTMLElement, anchor: HTMLElement): void {
  const by = anchor.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const isBelow = by.bottom + GAP_PX + height + MARGIN_PX <= innerHeight;
  const top = isBelow ? by.bottom + GAP_PX : Math.max(MARGIN_PX, by.top - GAP_PX - height);
  const left = Math.min(Math.max(MARGIN_PX, by.right - width), innerWidth - width - MARGIN_PX);
  popover.style.setProperty("--menu-top", `${top}px`);
  popover.style.setProperty("--menu-left", `${left}px`);
}
