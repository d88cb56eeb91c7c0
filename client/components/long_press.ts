/** How long a finger rests before that is a long press, as on phones. */
const PRESS_MS = 450;
/** A finger that moves further scrolls. */
const MAX_MOVE_PX = 10;

/**
 * An attachment that calls back for a long press of a finger, and for what asks for a menu elsewhere: the secondary mouse
 * button, the menu key. The click that ends the press does nothing.
 *
 * Attach it once: one that is attached anew in the middle of a press knows nothing of it.
 */
export function longPress(
  onpress: (element: HTMLElement) => void,
): (element: HTMLElement) => () => void {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = { x: 0, y: 0 };
    let hasFired = false;
    const ending = new AbortController();
    const { signal } = ending;

    function fire(): void {
      cancel();
      hasFired = true;
      onpress(element);
    }

    function cancel(): void {
      clearTimeout(timer);
      timer = undefined;
    }

    element.addEventListener("pointerdown", (event) => {
      hasFired = false;
      if (event.pointerType !== "touch" || !event.isPrimary) return;
      from = { x: event.clientX, y: event.clientY };
      timer = setTimeout(fire, PRESS_MS);
    }, { signal });
    element.addEventListener("pointermove", ({ clientX, clientY }) => {
      if (Math.hypot(clientX - from.x, clientY - from.y) > MAX_MOVE_PX) cancel();
    }, { signal });
    for (const name of ["pointerup", "pointercancel", "pointerleave"] as const) {
      element.addEventListener(name, cancel, { signal });
    }
    element.addEventListener("touchend", (event) => {
      // Else the browser clicks what lies below the finger now, as an entry of the menu that has opened.
      if (hasFired && event.cancelable) event.preventDefault();
    }, { signal, passive: false });
    element.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      // A long press brings this event too, on some phones.
      if (!hasFired) fire();
    }, { signal });
    element.addEventListener("click", (event) => {
      if (!hasFired || event.detail === 0) return;
      hasFired = false;
      event.preventDefault();
      event.stopPropagation();
    }, { signal, capture: true });

    return () => {
      cancel();
      ending.abort();
    };
  };
}
