import { placeBeside } from "./place_beside.ts";

/** Where a popover is shown, and who is asked to end it. */
interface PopUp {
  /** What it opens beside. */
  anchor: HTMLElement;
  /** Asked for by a press beside it, and by the system's way back. */
  onclose: () => void;
  /** True where it closes as well when anything but itself scrolls. */
  closesOnScroll?: boolean;
}

/** The part of `CloseWatcher` that is used; not every browser has it. */
interface Watcher {
  onclose: (() => void) | null;
  destroy(): void;
}

/**
 * Shows a manual popover beside its anchor while the window changes its size. The browser's own kind would close as the
 * finger is lifted whose long press opened it.
 *
 * @returns what hides it; the focus then goes back to where it came from
 */
export function popUp(
  element: HTMLElement,
  { anchor, onclose, closesOnScroll = false }: PopUp,
): () => void {
  const opener = document.activeElement;
  const ending = new AbortController();
  const { signal } = ending;
  const isBeside = ({ target }: Event) => !(target instanceof Node && element.contains(target));
  const place = () => placeBeside(element, anchor);

  element.showPopover();
  place();
  addEventListener("resize", place, { signal });
  document.addEventListener("pointerdown", (event) => {
    if (!isBeside(event)) return;
    swallowClick();
    onclose();
  }, { signal, capture: true });
  if (closesOnScroll) {
    document.addEventListener("scroll", (event) => isBeside(event) && onclose(), {
      signal,
      capture: true,
    });
  }
  const watcher = watchBack(onclose);

  return () => {
    ending.abort();
    watcher?.destroy();
    // By now it may be gone from the page, and the focus with it.
    const { activeElement } = document;
    const hadFocus = activeElement === document.body || element.contains(activeElement);
    if (element.isConnected && element.matches(":popover-open")) element.hidePopover();
    const back = opener === document.body ? anchor : opener;
    if (hadFocus && back instanceof HTMLElement && back.isConnected) back.focus();
  };
}

/** On phones back closes what is open before it leaves the screen. */
function watchBack(onclose: () => void): Watcher | null {
  const { CloseWatcher } = globalThis as unknown as { CloseWatcher?: new () => Watcher };
  if (!CloseWatcher) return null;
  const watcher = new CloseWatcher();
  watcher.onclose = onclose;
  return watcher;
}

/** The press that closes it does nothing to what lies below. */
function swallowClick(): void {
  const ending = new AbortController();
  const { signal } = ending;
  addEventListener("click", (event: MouseEvent) => {
    // Keys click too, without a press.
    if (event.detail === 0) return;
    ending.abort();
    event.preventDefault();
    event.stopPropagation();
  }, { signal, capture: true });
  addEventListener("pointerdown", () => ending.abort(), { signal, capture: true });
}
