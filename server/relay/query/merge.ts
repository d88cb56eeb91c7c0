/**
 * What an ordered source gives next: an item, or null for "looked at something that does not count", which lets the
 * caller stop for a while between two of them.
 */
export type Stream<T> = Generator<T | null, void>;

/**
 * Merges ordered streams into one, and drops items that compare as equal to the one before them.
 *
 * @param compare negative where `a` comes first, 0 where both are the same item
 */
export function* mergeStreams<T>(
  streams: readonly Stream<T>[],
  compare: (a: T, b: T) => number,
): Stream<T> {
  const heap: Head<T>[] = [];
  for (const stream of streams) {
    const item = yield* nextItem(stream);
    if (item !== null) push(heap, { item, stream }, compare);
  }
  let last: T | null = null;
  while (heap.length > 0) {
    const { item, stream } = heap[0]!;
    if (last === null || compare(last, item) !== 0) yield item;
    last = item;
    const next = yield* nextItem(stream);
    if (next !== null) heap[0]!.item = next;
    else {
      const tail = heap.pop()!;
      if (heap.length > 0) heap[0] = tail;
    }
    sink(heap, compare);
  }
}

interface Head<T> {
  item: T;
  stream: Stream<T>;
}

function* nextItem<T>(stream: Stream<T>): Generator<null, T | null> {
  for (;;) {
    const result = stream.next();
    if (result.done) return null;
    if (result.value !== null) return result.value;
    yield null;
  }
}

function push<T>(heap: Head<T>[], head: Head<T>, compare: (a: T, b: T) => number): void {
  let at = heap.push(head) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (compare(heap[parent]!.item, heap[at]!.item) <= 0) return;
    swap(heap, parent, at);
    at = parent;
  }
}

function sink<T>(heap: Head<T>[], compare: (a: T, b: T) => number): void {
  let at = 0;
  for (;;) {
    let first = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && compare(heap[child]!.item, heap[first]!.item) < 0) first = child;
    }
    if (first === at) return;
    swap(heap, first, at);
    at = first;
  }
}

function swap<T>(heap: Head<T>[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b]!, heap[a]!];
}
