import { createRandom, type Random } from '@tunesmith/schema';
import type { StepRecorder } from '@tunesmith/datasets';
import { createNoveltyPool } from '../novelty/novelty.ts';
import type { InstructionFilter } from '../reading/instruction-filter.ts';

/** An instruction that a model wrote and the pool took. */
export interface NewInstruction {
  readonly text: string;
  /** How much it is like the one before it that it is most like. */
  readonly similarity: number;
  readonly closest?: string;
}

/** Instructions of people and of models that grow by what is new. */
export interface InstructionPool {
  /** Those that models wrote, in the order they came. */
  readonly written: readonly string[];
  /**
   * Examples for a prompt in random order: at most `machine` of those that models wrote, and seeds for the rest.
   */
  examples(count: number, machine: number): string[];
  /** Takes an instruction, or says nothing where it was left out; the report says why. */
  take(text: string): NewInstruction | undefined;
}

/**
 * A pool that begins with seeds.
 *
 * @param options.novelty ROUGE-L above which an instruction is too like another
 * @param options.filter why an instruction is left out besides
 */
export function createInstructionPool(
  seeds: readonly string[],
  options: {
    readonly seed: number;
    readonly novelty: number;
    readonly filter: InstructionFilter;
    readonly step: StepRecorder;
  },
): InstructionPool {
  const { novelty, filter, step } = options;
  const random = createRandom(options.seed, 'examples of prompts');
  const known = createNoveltyPool(seeds);
  const written: string[] = [];
  return {
    written,
    examples(count, machine) {
      const own = sample(written, Math.min(machine, count), random);
      return sample([...own, ...sample(seeds, count - own.length, random)], count, random);
    },
    take(text) {
      const reason = filter(text);
      if (reason !== undefined) {
        step.drop(reason, text);
        return undefined;
      }
      const closest = known.closest(text);
      if (closest && closest.similarity > novelty) {
        step.drop(`too like another one (ROUGE-L above ${novelty})`, text);
        return undefined;
      }
      step.keep();
      known.add(text);
      written.push(text);
      return {
        text,
        similarity: closest?.similarity ?? 0,
        ...(closest ? { closest: closest.text } : {}),
      };
    },
  };
}

/** So many of them without repeats, in random order; all where there are fewer. */
export function sample<Item>(items: readonly Item[], count: number, random: Random): Item[] {
  const left = [...items];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const index = random.integer(left.length);
    const [chosen] = left.splice(index, 1);
    return chosen as Item;
  });
}
