import { createRandom, type Instance } from '@tunesmith/schema';
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
export function withExemplars(
  instances: readonly Instance[],
  {
    shots,
    budget = Number.POSITIVE_INFINITY,
    lengthOf = countWords,
    seed,
    formatOf,
  }: ExemplarSettings,
): Instance[] {
  const pools = new Map<unknown, Instance[]>();
  for (const one of instances) {
    const template = one.meta?.['template'];
    if (!pools.get(template)?.push(one)) pools.set(template, [one]);
  }
  return instances.map((instance) => {
    const pool = pools.get(instance.meta?.['template'])!;
    const drawn = draw(pool, instance, shots, seed).map((one) => ({
      inputs: one.instruction,
      targets: one.output,
    }));
    const exemplars = pruneExemplars(drawn, instance.instruction, budget, lengthOf);
    return {
      ...instance,
      instruction: fewShotPrompt(exemplars, instance.instruction, formatOf(instance)),
      meta: { ...instance.meta, exemplars: exemplars.length },
    };
  });
}

/** Up to `count` others, each once; which ones hangs on the instance's id and the seed. */
function draw(
  pool: readonly Instance[],
  instance: Instance,
  count: number,
  seed: number,
): Instance[] {
  const random = createRandom(seed, `exemplars ${instance.id}`);
  const wanted = Math.min(count, pool.length - 1);
  const taken = new Set<number>();
  const drawn: Instance[] = [];
  // Few of many: drawing again is cheaper than a shuffle of the pool.
  while (drawn.length < wanted) {
    const index = random.integer(pool.length);
    if (taken.has(index) || pool[index] === instance) {
      if (taken.size * 2 > pool.length) return fill(pool, instance, taken, drawn, wanted);
      continue;
    }
    taken.add(index);
    drawn.push(pool[index]!);
  }
  return drawn;
}

/** The rest in order, where most of a small pool is drawn already. */
function fill(
  pool: readonly Instance[],
  instance: Instance,
  taken: ReadonlySet<number>,
  drawn: readonly Instance[],
  wanted: number,
): Instance[] {
  const rest = pool.filter((one, index) => one !== instance && !taken.has(index));
  return [...drawn, ...rest].slice(0, wanted);
}
