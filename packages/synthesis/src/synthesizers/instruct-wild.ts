import { isInstance } from '@tunesmith/schema';
import { ask, within } from '../asking/ask.ts';
import { inOrder } from '../asking/in-order.ts';
import { promptOf } from '../prompts/prompts.ts';
import { numberedItems } from '../reading/numbered.ts';
import type { Synthesizer } from '../synthesizer.ts';
import { noteFewer, outOfPatience, rounds } from './rounds.ts';
import { similarityOf } from './provenance.ts';
import { meanLength } from './seed-lengths.ts';
import { createInstructionPool, type NewInstruction } from './instruction-pool.ts';
import { countOption, drawing, noveltyOption, optionsOf, roundOptions } from './options.ts';

interface InstructWildOptions {
  readonly count: number;
  readonly per_round: number;
  readonly examples: number;
  readonly per_request: number;
  readonly novelty: number;
  readonly patience: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly max_tokens: number;
  readonly answer_tokens: number;
}

const prompts = {
  instructions: `These are things that people asked an assistant on the web, in their own words.

{examples}

Write {count} more of them, numbered {next} to {last}, one a line. They ask for other things than those above, in as many voices, and can be answered in writing. Do not answer them.`,
  answer: `{instruction}`,
};

/**
 * InstructWild: instructions that people really sent to assistants are the seeds; a request shows 5 of them and writes further
 * instructions alone; a request of its own answers each. There are no inputs.
 *
 * The collection's own rules for what is kept are not published: what is too like another one leaves, and so does what was cut off or
 * answered with nothing.
 *
 * @see Ni et al. 2023, Instruction in the Wild, https://github.com/XueFuzhao/InstructionWild
 */
export const instructWild: Synthesizer = {
  specVersion: 2,
  name: 'instruct-wild',
  description: 'Instructions in the manner of ones that people sent, and answers to them.',
  reference: {
    title: 'Instruction in the Wild: A User-based Instruction Dataset',
    authors: 'Ni et al.',
    year: 2023,
    url: 'https://github.com/XueFuzhao/InstructionWild',
  },
  options: optionsOf({
    count: countOption('instances'),
    ...roundOptions,
    examples: {
      type: 'integer',
      minimum: 1,
      default: 5,
      description: 'Seeds that a prompt shows.',
    },
    per_request: {
      type: 'integer',
      minimum: 1,
      default: 10,
      description: 'Instructions asked for at a time.',
    },
    novelty: noveltyOption,
    ...drawing({ temperature: 1, top_p: 1, max_tokens: 1024 }),
    answer_tokens: {
      type: 'integer',
      minimum: 1,
      default: 1024,
      description: 'The length of an answer at most.',
    },
  }),
  roles: { writer: 'writes instructions', answerer: 'answers them' },
  prompts,
  seeds: 'instances with an instruction',
  acceptsSeed: isInstance,
  leastSeeds: () => 1,
  async *write(request) {
    const { report, seed, atOnce, signal } = request;
    const options = request.options as unknown as InstructWildOptions;
    const seeds = request.seeds.filter(isInstance).map(({ instruction }) => instruction);
    const [writer, answerer] = [request.model('writer'), request.model('answerer')];
    const pool = createInstructionPool(seeds, {
      seed,
      novelty: options.novelty,
      filter: (text) => (text.split(/\s+/).length < 2 ? 'one word' : undefined),
      step: report.step('new instructions'),
    });
    const answers = report.step('answers');
    let named = 0;
    const rest = {
      done: () => pool.written.length >= options.count,
      progress: () => pool.written.length,
      patience: options.patience,
    };
    for (const round of rounds(rest)) {
      const asked = round * options.per_round;
      const texts = Array.from({ length: options.per_round }, () => {
        const shown = pool.examples(options.examples, 0);
        return promptOf(request.prompts['instructions']!, {
          examples: shown
            .map((one, index) => `${index + 1}. ${one.replace(/\s+/g, ' ')}`)
            .join('\n'),
          count: `${options.per_request}`,
          next: `${shown.length + 1}`,
          last: `${shown.length + options.per_request}`,
        });
      });
      const drawn = { temperature: options.temperature, topP: options.top_p };
      const lists = inOrder(texts, atOnce, (text, index) =>
        ask(
          writer,
          text,
          within({ ...drawn, maxTokens: options.max_tokens, seed: seed + asked + index }, signal),
        ),
      );
      const fresh: NewInstruction[] = [];
      for await (const { text, finish } of lists) {
        const items = numberedItems(text);
        for (const item of finish === 'length' ? items.slice(0, -1) : items) {
          if (pool.written.length === options.count) break;
          const taken = pool.take(item);
          if (taken) fresh.push(taken);
        }
      }
      const written = inOrder(fresh, atOnce, ({ text }) =>
        ask(
          answerer,
          promptOf(request.prompts['answer']!, { instruction: text }),
          within({ ...drawn, maxTokens: options.answer_tokens, seed }, signal),
        ),
      );
      let index = 0;
      for await (const { text, finish } of written) {
        const one = fresh[index++]!;
        const output = text.trim();
        if (finish === 'length' || output === '') {
          answers.drop(output === '' ? 'no answer' : 'cut off by the limit of tokens', one.text);
          continue;
        }
        answers.keep();
        yield {
          id: `instruct-wild-${named++}`,
          instruction: one.text,
          output,
          meta: { source: 'instruct-wild', generator: answerer.name, ...similarityOf(one) },
        };
      }
    }
    noteFewer(report, {
      what: 'instances',
      there: named,
      wanted: options.count,
      why:
        pool.written.length < options.count
          ? outOfPatience(options.patience)
          : 'the other instructions were left without an answer',
    });
  },
  plan({ options, seeds, prompts: { instructions = '', answer = '' } }) {
    const {
      count,
      examples,
      per_request: each,
      max_tokens: maxTokens,
      answer_tokens: answerTokens,
    } = options as unknown as InstructWildOptions;
    const mean = meanLength(seeds);
    return [
      {
        what: 'new instructions',
        role: 'writer',
        requests: Math.ceil((2 * count) / each),
        characters: Math.round(instructions.length + examples * mean),
        maxTokens,
      },
      {
        what: 'answers',
        role: 'answerer',
        requests: count,
        characters: Math.round(answer.length + mean),
        maxTokens: answerTokens,
      },
    ];
  },
};
