/** The newest ids of many. */
export interface RecentIds {
  has(id: string): boolean;
  /** Forgets the oldest where there are too many. */
  add(id: string): void;
}

/** Remembers `max` ids. */
export function createRecentIds(max: number): RecentIds {
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id);
      if (ids.size <= max) return;
      const [oldest] = ids;
      ids.delete(oldest!);
    },
  };
}
