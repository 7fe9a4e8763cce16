/**
 * The results of `work` for every item, in the items' order, with at most `atOnce` of them under way. What fails first is thrown when
 * its turn comes; nothing new is begun after that.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item, index: number) => Promise<Result>,
): AsyncGenerator<Result> {
  const under: Promise<Result>[] = [];
  let index = 0;
  try {
    for await (const item of items) {
      const mine = work(item, index++);
      // a rejection is heard when its turn comes
      mine.catch(() => undefined);
      under.push(mine);
      if (under.length >= atOnce) yield await under.shift()!;
    }
    while (under.length > 0) yield await under.shift()!;
  } finally {
    await Promise.allSettled(under);
  }
}
