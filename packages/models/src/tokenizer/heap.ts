/** Whether one item leaves a heap before another one. */
export type Before<Item> = (one: Item, other: Item) => boolean;

/** Puts an item into a heap, an array whose first item is before all others. Takes log n comparisons. */
export function pushOnto<Item>(heap: Item[], item: Item, before: Before<Item>): void {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(item, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = item;
}

/** Takes the first item out of a heap; undefined where there is none. Takes log n comparisons. */
export function popFrom<Item>(heap: Item[], before: Before<Item>): Item | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return top;
}
