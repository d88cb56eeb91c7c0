/** Calls back once, when an element first comes near the screen. */
export function whenInSight(onSight: () => void) {
  return (element: HTMLElement): () => void => {
    const observer = new IntersectionObserver((changes) => {
      if (!changes.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      onSight();
    }, { rootMargin: "200px 0px" });
    observer.observe(element);
    return () => observer.disconnect();
  };
}
