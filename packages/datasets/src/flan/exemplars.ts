import { createRandom, type Instance, type Listed, type Random } from '@tunesmith/schema';
import { countWords } from '../text-of.ts';
import { fewShotPrompt, pruneExemplars, type FewShotFormat } from './few-shot.ts';

/** How instances are shown after exemplars. */
export interface ExemplarSettings {
  /** Most exemplars of an instance. */
  readonly shots: number;
  /** The longest prompt: exemplars and question together; the last exemplars go. */
  readonly budget?: number;
  /** The length of a text in the unit of the budget; words by default. */
  readonly lengthOf?: (text: string) => number;
  readonly seed: number;
  /** How the exemplars of an instance's template are written. */
  readonly formatOf: (instance: Instance) => FewShotFormat;
}

/**
 * Instances behind exemplars: others of the same template, drawn by the seed. `meta.exemplars` tells how many each has;
 * one without others of its template, or without room, stands alone.
 *
 * @see Longpre et al. 2023, The Flan Collection, https://arxiv.org/abs/2301.13688
 */
export function* withExemplars(
  instances: Listed<Instance>,
  {
    shots,
    budget = Number.POSITIVE_INFINITY,
    lengthOf = countWords,
    seed,
    formatOf,
  }: ExemplarSettings,
): Generator<Instance> {
  const pools = new Map<unknown, Pool>();
  const places = new Uint32Array(instances.length);
  for (const [index, one] of entriesOf(instances)) {
    const template = one.meta?.['template'];
    const pool = pools.get(template) ?? [];
    pools.set(template, pool);
    places[index] = pool.push(index) - 1;
  }
  for (const [index, instance] of entriesOf(instances)) {
    const pool = pools.get(instance.meta?.['template'])!;
    const random = createRandom(seed, `exemplars ${instance.id}`);
    const drawn = draw(pool.length, places[index]!, shots, random).map((place) => {
      const one = instances.at(pool[place]!)!;
      return { inputs: one.instruction, targets: one.output };
    });
    const exemplars = pruneExemplars(drawn, instance.instruction, budget, lengthOf);
    yield {
      ...instance,
      instruction: fewShotPrompt(exemplars, instance.instruction, formatOf(instance)),
      meta: { ...instance.meta, exemplars: exemplars.length },
    };
  }
}

/** Where the instances of a template stand. */
type Pool = number[];

function* entriesOf<Item>(list: Iterable<Item>): Generator<[number, Item]> {
  let index = 0;
  for (const item of list) yield [index++, item];
}

/** Up to `count` places of a pool of `size`, each once and none of them `own`. */
function draw(size: number, own: number, count: number, random: Random): number[] {
  const wanted = Math.min(count, size - 1);
  const taken = new Set<number>();
  // Few of many: drawing again is cheaper than a shuffle of the pool.
  while (taken.size < wanted) {
    const place = random.integer(size);
    if (!taken.has(place) && place !== own) taken.add(place);
    else if (taken.size * 2 > size) return fill(size, own, taken, wanted);
  }
  return [...taken];
}

/** The rest in order, where most of a small pool is drawn already. */
function fill(size: number, own: number, taken: ReadonlySet<number>, wanted: number): number[] {
  const all = Array.from({ length: size }, (_, place) => place);
  const rest = all.filter((place) => place !== own && !taken.has(place));
  return [...taken, ...rest].slice(0, wanted);
}
