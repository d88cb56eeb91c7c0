import { tick } from "svelte";

/**
 * Hands the focus on to the button that takes the place of the focused one, now or later, unless somebody has moved it
 * meanwhile. Call it before the place changes: in `$effect.pre`, with the element that holds both.
 */
export function inheritFocus(place: HTMLElement | undefined): void {
  if (!place?.contains(document.activeElement)) return;
  const observer = new MutationObserver(handOn);
  observer.observe(place, { childList: true, subtree: true });
  void tick().then(handOn);

  function handOn(): void {
    const isLost = document.activeElement === document.body;
    const next = isLost ? place?.querySelector("button") : null;
    if (isLost && !next) return;
    observer.disconnect();
    next?.focus();
  }
}
