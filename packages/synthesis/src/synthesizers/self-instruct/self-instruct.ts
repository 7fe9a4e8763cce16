import { isInstance, type DataRecord, type Instance } from '@tunesmith/schema';
import { inOrder } from '../../asking/in-order.ts';
import { selfInstructRules } from '../../reading/instruction-filter.ts';
import type { SynthesisRequest, Synthesizer } from '../../synthesizer.ts';
import { createInstructionPool, type NewInstruction } from '../instruction-pool.ts';
import { countOption, drawing, noveltyOption, optionsOf, roundOptions } from '../options.ts';
import { noteFewer, outOfPatience, rounds } from '../rounds.ts';
import { writeInstances } from './instances.ts';
import { newInstructions, type Round } from './new-instructions.ts';
import { selfInstructPrompts } from './prompts.ts';

/** The options of {@link selfInstruct}. */
export interface SelfInstructOptions {
  readonly count: number;
  readonly per_round: number;
  readonly examples: number;
  readonly machine_examples: number;
  readonly instances: number;
  readonly novelty: number;
  readonly patience: number;
  readonly only_classification: boolean;
  readonly temperature: number;
  readonly top_p: number;
  readonly presence_penalty: number;
  readonly max_tokens: number;
}

/**
 * Self-Instruct: from a few tasks that people wrote, a model writes further ones, says which of them are classification, and writes
 * inputs and outputs for each.
 *
 * 1. A prompt shows 8 instructions: 2 of the model's, as soon as it has some, and seeds for the rest. What it goes on with is taken
 *    where it passes {@link selfInstructRules} and is not more than 0.7 like any other by ROUGE-L.
 * 2. A prompt with few examples asks whether the task is classification.
 * 3. Tasks of classification get labels first and inputs for them, which keeps labels in balance; others inputs first. At most 5
 *    examples are kept; contradictory ones, and such that break off, are left out.
 *
 * Differences from the paper's scripts: words are ours; an instruction keeps its capitals (the scripts lower-case all but the first); a
 * round's answers are taken in the order they were asked for.
 *
 * @see Wang et al. 2023, Self-Instruct: Aligning Language Models with Self-Generated Instructions, https://arxiv.org/abs/2212.10560
 */
export const selfInstruct: Synthesizer = {
  specVersion: 2,
  name: 'self-instruct',
  description: 'New tasks from a few seeds, told apart by kind, with inputs and outputs for each.',
  reference: {
    title: 'Self-Instruct: Aligning Language Models with Self-Generated Instructions',
    authors: 'Wang et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2212.10560',
  },
  options: optionsOf({
    count: countOption('new instructions'),
    ...roundOptions,
    examples: {
      type: 'integer',
      minimum: 1,
      default: 8,
      description: 'Instructions that a prompt shows.',
    },
    machine_examples: {
      type: 'integer',
      minimum: 0,
      default: 2,
      description: 'How many of them are ones that the model wrote, once there are some.',
    },
    instances: {
      type: 'integer',
      minimum: 1,
      default: 5,
      description: 'Examples of an instruction at most.',
    },
    novelty: noveltyOption,
    only_classification: {
      type: 'boolean',
      default: false,
      description:
        'Whether to ask for tasks of classification alone, from seeds that are (meta.is_classification).',
    },
    ...drawing({ temperature: 0.7, top_p: 0.5, max_tokens: 1024 }),
    presence_penalty: {
      type: 'number',
      minimum: -2,
      maximum: 2,
      default: 2,
      description: 'Taken from tokens that the list already has, so that tasks differ.',
    },
  }),
  roles: {
    writer: 'writes new instructions',
    judge: 'says which are classification',
    answerer: 'writes inputs and outputs',
  },
  prompts: selfInstructPrompts,
  seeds: 'instances with an instruction',
  acceptsSeed: isInstance,
  leastSeeds: () => 1,
  write,
  plan({ seeds, options, prompts }) {
    const { count, examples, max_tokens: maxTokens } = options as unknown as SelfInstructOptions;
    const mean =
      seeds.reduce((sum, seed) => sum + (isInstance(seed) ? seed.instruction.length : 0), 0) /
      seeds.length;
    const one = (what: string, role: string, text: string, of: number, tokens: number) => ({
      what,
      role,
      requests: of,
      characters: Math.round(text.length + mean),
      maxTokens: tokens,
    });
    return [
      {
        // the paper's runs keep about half of eight new ones a prompt
        ...one(
          'new instructions',
          'writer',
          prompts['instructions']!,
          Math.ceil(count / 4),
          maxTokens,
        ),
        characters: Math.round(prompts['instructions']!.length + examples * (mean + 4)),
      },
      one('classification or not', 'judge', prompts['is_classification']!, count, 3),
      one('inputs and outputs', 'answerer', prompts['input_first']!, count, 350),
    ];
  },
};

async function* write(request: SynthesisRequest): AsyncGenerator<DataRecord> {
  const options = request.options as unknown as SelfInstructOptions;
  const { report, seed, atOnce } = request;
  const seeds = request.seeds.filter(isInstance);
  const shown = options.only_classification
    ? seeds.filter(({ meta }) => meta?.['is_classification'] === true)
    : seeds;
  const pool = createInstructionPool(
    (shown.length > 0 ? shown : seeds).map(({ instruction }) => instruction),
    {
      seed,
      novelty: options.novelty,
      filter: selfInstructRules(),
      step: report.step('new instructions'),
    },
  );
  const instances = report.step('inputs and outputs');
  const rest = {
    done: () => pool.written.length >= options.count,
    progress: () => pool.written.length,
    patience: options.patience,
  };
  for (const number of rounds(rest)) {
    const round: Round = { number: number * options.per_round, prompts: options.per_round };
    const fresh: NewInstruction[] = [];
    for await (const text of newInstructions(request, options, pool, round)) {
      if (pool.written.length === options.count) break;
      const taken = pool.take(text);
      if (taken) fresh.push(taken);
    }
    const first = pool.written.length - fresh.length;
    const written = inOrder(fresh, atOnce, (one) => writeInstances(one.text, request, options));
    let index = 0;
    for await (const { examples, classification, generator } of written) {
      const { text, similarity, closest } = fresh[index]!;
      const name = `self-instruct-${first + index++}`;
      if (examples.length === 0) instances.drop('no example that can be used', text);
      else instances.keep();
      for (const [place, { input, output }] of examples.entries()) {
        const record: Instance = {
          id: examples.length === 1 ? name : `${name}-${place}`,
          instruction: text,
          ...(input === '' ? {} : { input }),
          output,
          meta: {
            source: 'self-instruct',
            generator,
            task: name,
            is_classification: classification,
            similarity: Math.round(similarity * 1e4) / 1e4,
            ...(closest === undefined ? {} : { most_similar: closest }),
          },
        };
        yield record;
      }
    }
  }
  noteFewer(report, {
    what: 'instructions',
    there: pool.written.length,
    wanted: options.count,
    why: outOfPatience(options.patience),
  });
}
