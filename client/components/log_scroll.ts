/** Closer to the end than this counts as being there. */
const END_PX = 48;
/** What one was taken to has some room above it. */
const ROOM_PX = 16;

/**
 * Moves within a log that is laid out from its end: at 0 is the newest message, below 0 what is further up. So the end
 * stays in sight by itself, whatever grows.
 */
export interface LogScroll {
  isAtEnd(): boolean;
  toEnd(): void;
  /** Brings an element that is above the log's upper edge to it; false where it already was in sight. */
  upTo(element: HTMLElement): boolean;
  /** Brings an element into the middle. */
  toMiddle(element: HTMLElement): void;
  /** The key of the last row of which most is in sight; undefined for none. */
  lastInSight(): string | undefined;
  /** Remembers what is at the upper edge, before rows come or go. Returns what puts it there again afterwards. */
  hold(): () => void;
}

/** @param rows gives the log's rows, from top to bottom */
export function createLogScroll(
  log: HTMLElement,
  rows: () => ArrayLike<HTMLElement>,
): LogScroll {
  const topOf = (element: HTMLElement) => element.getBoundingClientRect().top;

  /** How many rows from the top on have a place above an edge. */
  function countAbove(edge: number, placeOf: (rect: DOMRect) => number): number {
    const all = rows();
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (placeOf(all[middle]!.getBoundingClientRect()) > edge) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  function firstInSight(): HTMLElement | null {
    return rows()[countAbove(topOf(log), ({ bottom }) => bottom)] ?? null;
  }

  return {
    isAtEnd: () => log.scrollTop > -END_PX,
    toEnd() {
      log.scrollTop = 0;
    },
    upTo(element) {
      const above = topOf(log) + ROOM_PX - topOf(element);
      if (above <= 0) return false;
      log.scrollTop -= above;
      return true;
    },
    toMiddle(element) {
      const { top, height } = element.getBoundingClientRect();
      const frame = log.getBoundingClientRect();
      log.scrollTop += top + height / 2 - (frame.top + frame.height / 2);
    },
    lastInSight() {
      const edge = log.getBoundingClientRect().bottom;
      const seen = countAbove(edge, ({ top, height }) => top + height / 2);
      return rows()[seen - 1]?.dataset.key;
    },
    hold() {
      const row = firstInSight();
      const before = row && topOf(row);
      return () => {
        if (row?.isConnected) log.scrollTop += topOf(row) - before!;
      };
    },
  };
}
