import { isInstance, type DataRecord } from '@tunesmith/schema';
import { ask, within } from '../asking/ask.ts';
import { inOrder } from '../asking/in-order.ts';
import { promptOf } from '../prompts/prompts.ts';
import { alpacaWords, selfInstructRules } from '../reading/instruction-filter.ts';
import { taskBlocks } from '../reading/task-blocks.ts';
import type { Synthesizer } from '../synthesizer.ts';
import { createInstructionPool } from './instruction-pool.ts';
import { noteFewer, outOfPatience, rounds } from './rounds.ts';
import { similarityOf } from './provenance.ts';
import { meanLength } from './seed-lengths.ts';
import { countOption, drawing, noveltyOption, optionsOf, roundOptions } from './options.ts';

interface AlpacaOptions {
  readonly count: number;
  readonly per_round: number;
  readonly examples: number;
  readonly tasks: number;
  readonly novelty: number;
  readonly patience: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly max_tokens: number;
}

const prompts = {
  tasks: `Write a set of {tasks} different tasks for an assistant that reads and writes text, each with what it is done to and with the answer.

They are judged by this:
- No two begin with the same verb, and their forms differ: questions, commands, statements of what is wanted.
- Their kinds differ: open writing, questions about the world, classification, editing, sums, plans.
- An assistant can do them in writing: nothing to see, to hear, to open, to remember for later.
- They are in English, in one or two sentences.
- The input is particular and real, never a mere place for one, and has no more than 100 words. Where a task needs none, it is <noinput>.
- The answer is right, and has no more than 100 words.

The set of {tasks} tasks:

{examples}
###
{next}. Instruction:`,
};

/**
 * Alpaca's variant of Self-Instruct: one request writes instructions, inputs and outputs together, from 3 seeds and none that the model
 * wrote; 20 are asked for at a time. The same rules and the same novelty, over more words for what is no text; one example an
 * instruction.
 *
 * @see Taori et al. 2023, Stanford Alpaca, https://github.com/tatsu-lab/stanford_alpaca
 */
export const alpacaSynthesizer: Synthesizer = {
  specVersion: 2,
  name: 'alpaca',
  description: 'Whole tasks, instruction, input and output, twenty to a request.',
  reference: {
    title: 'Stanford Alpaca: An Instruction-following LLaMA Model',
    authors: 'Taori et al.',
    year: 2023,
    url: 'https://github.com/tatsu-lab/stanford_alpaca',
  },
  options: optionsOf({
    count: countOption('instances'),
    ...roundOptions,
    examples: {
      type: 'integer',
      minimum: 1,
      default: 3,
      description: 'Seeds that a prompt shows.',
    },
    tasks: {
      type: 'integer',
      minimum: 2,
      default: 20,
      description: 'Tasks of a prompt, its seeds among them.',
    },
    novelty: noveltyOption,
    ...drawing({ temperature: 1, top_p: 1, max_tokens: 3072 }),
  }),
  roles: { writer: 'writes instructions, inputs and outputs' },
  prompts,
  seeds: 'instances',
  acceptsSeed: (record) => isInstance(record) && record.output !== '',
  leastSeeds: () => 1,
  async *write(request) {
    const { report, seed, atOnce, signal } = request;
    const options = request.options as unknown as AlpacaOptions;
    const seeds = request.seeds.filter(isInstance);
    const writer = request.model('writer');
    const step = report.step('new tasks');
    const byInstruction = new Map(seeds.map((one) => [one.instruction, one]));
    const pool = createInstructionPool([...byInstruction.keys()], {
      seed,
      novelty: options.novelty,
      filter: selfInstructRules(alpacaWords),
      step,
    });
    const rest = {
      done: () => pool.written.length >= options.count,
      progress: () => pool.written.length,
      patience: options.patience,
    };
    for (const round of rounds(rest)) {
      const asked = round * options.per_round;
      const texts = Array.from({ length: options.per_round }, () => {
        const shown = pool.examples(options.examples, 0).map((text) => byInstruction.get(text)!);
        const examples = shown.map(({ instruction, input, output }, index) =>
          [
            '###',
            `${index + 1}. Instruction: ${instruction.replace(/\s+/g, ' ').trim().replace(/:+$/, '')}`,
            `${index + 1}. Input:\n${input?.trim() || '<noinput>'}`,
            `${index + 1}. Output:\n${output.trim()}`,
          ].join('\n'),
        );
        const next = shown.length + 1;
        const filled = {
          tasks: `${options.tasks}`,
          examples: examples.join('\n'),
          next: `${next}`,
        };
        return { next, text: promptOf(request.prompts['tasks']!, filled) };
      });
      const answers = inOrder(texts, atOnce, async ({ text, next }, index) => {
        const wanted = {
          maxTokens: options.max_tokens,
          temperature: options.temperature,
          topP: options.top_p,
          stop: [`\n${options.tasks + 1}.`],
          seed: seed + asked + index,
        };
        return { next, answer: await ask(writer, text, within(wanted, signal)) };
      });
      for await (const { next, answer } of answers) {
        for (const task of taskBlocks(answer.text, next, answer.finish === 'length')) {
          if (typeof task === 'string') {
            step.drop(task, `request ${asked}`);
            continue;
          }
          if (pool.written.length === options.count) break;
          const taken = pool.take(task.instruction);
          if (!taken) continue;
          yield {
            id: `alpaca-${pool.written.length - 1}`,
            instruction: task.instruction,
            ...(task.input === '' ? {} : { input: task.input }),
            output: task.output,
            meta: { source: 'alpaca', generator: writer.name, ...similarityOf(taken) },
          } satisfies DataRecord;
        }
      }
    }
    noteFewer(report, {
      what: 'instances',
      there: pool.written.length,
      wanted: options.count,
      why: outOfPatience(options.patience),
    });
  },
  plan({ options, seeds, prompts: { tasks = '' } }) {
    const { count, max_tokens: maxTokens, examples } = options as unknown as AlpacaOptions;
    const mean = meanLength(seeds);
    return [
      {
        what: 'new tasks',
        role: 'writer',
        // half of seventeen are expected to be new and within the rules
        requests: Math.ceil(count / 8),
        characters: Math.round(tasks.length + examples * mean),
        maxTokens,
      },
    ];
  },
};
