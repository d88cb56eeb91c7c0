/** So far from the edge of what is in sight more is loaded. */
const MARGIN_PX = 1200;

/** An attachment of a last element of a log: calls back as it comes near, and again at once where that did not fill the screen. */
export function nearEdge(load: () => void): (sentinel: HTMLElement) => () => void {
  return (sentinel) => {
    // A busy page is told of several changes at once: the last is how it is now.
    const observer = new IntersectionObserver(
      (changes) => changes.at(-1)?.isIntersecting && load(),
      {
        // Attachments of inner elements run first: those of the log have not run yet.
        root: sentinel.closest("[role=log]"),
        rootMargin: `${MARGIN_PX}px 0px`,
      },
    );
    observer.observe(sentinel);
    return () => observer.disconnect();
  };
}
