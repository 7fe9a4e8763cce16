import { createRandom, TunesmithError } from '@tunesmith/schema';

/** One source of a mixture. */
export interface MixtureSource<Item> {
  readonly name: string;
  /** Share of the draws that go to it, relative to the others; 0 leaves it out. */
  readonly share: number;
  /** Begins the source anew; `round` counts from 0 how often it was used up. */
  open(round: number): AsyncIterable<Item> | Iterable<Item>;
}

/** How a mixture runs. */
export interface MixOptions {
  readonly seed: number;
  /**
   * When a source is used up: `all` goes on with the others until every one is (the default),
   * `first` ends the mixture, `repeat` begins it anew, for ever.
   */
  readonly until?: 'all' | 'first' | 'repeat';
  /** Leave out this many items at the beginning, to go on where an earlier mixture ended. */
  readonly skip?: number;
}

/**
 * Draws from several sources, each time one of them at random with the given shares. The order
 * depends on the seed and the sources alone.
 *
 * @throws TunesmithError `invalid-mixture` where no share is above 0, names repeat, or a source that
 * is to be repeated is empty
 */
export async function* mix<Item>(
  sources: readonly MixtureSource<Item>[],
  { seed, until = 'all', skip = 0 }: MixOptions,
): AsyncGenerator<Item> {
  checkSources(sources);
  const random = createRandom(seed, 'mix');
  const open = sources
    .filter(({ share }) => share > 0)
    .map((source) => ({ source, round: 0, items: iterate(source.open(0)), fresh: true }));
  let given = 0;
  try {
    while (open.length > 0) {
      const total = open.reduce((sum, { source }) => sum + source.share, 0);
      let target = random.next() * total;
      const entry = open.find(({ source }) => (target -= source.share) < 0) ?? open.at(-1)!;
      let next = await entry.items.next();
      if (next.done && until === 'repeat') {
        if (entry.fresh)
          throw invalid(`source "${entry.source.name}" is empty and cannot be repeated`);
        entry.round += 1;
        entry.items = iterate(entry.source.open(entry.round));
        next = await entry.items.next();
      }
      if (next.done) {
        if (until !== 'all') return;
        open.splice(open.indexOf(entry), 1);
        continue;
      }
      entry.fresh = false;
      given += 1;
      if (given > skip) yield next.value;
    }
  } finally {
    for (const { items } of open) await items.return(undefined);
  }
}

async function* iterate<Item>(source: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item> {
  yield* source;
}

function checkSources(sources: readonly MixtureSource<unknown>[]): void {
  const names = sources.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`two sources are named "${twice}"`);
  const bad = sources.find(({ share }) => !(share >= 0 && Number.isFinite(share)));
  if (bad) throw invalid(`the share of "${bad.name}" is ${bad.share}`);
  if (!sources.some(({ share }) => share > 0)) throw invalid('no source has a share above 0');
}

function invalid(message: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-mixture',
    message,
    accepted: 'sources with names of their own and finite shares, one at least above 0',
  });
}
