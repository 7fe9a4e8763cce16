import { isInstance, type DataRecord } from '@tunesmith/schema';
import { ask, within } from '../asking/ask.ts';
import { inOrder } from '../asking/in-order.ts';
import { promptOf } from '../prompts/prompts.ts';
import type { Synthesizer } from '../synthesizer.ts';
import { meanLength } from './seed-lengths.ts';
import { drawing, optionsOf } from './options.ts';

interface BacktranslationOptions {
  readonly least_score: number;
  readonly score_tokens: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly max_tokens: number;
}

const prompts = {
  instruction: `The text below was written as the answer to a request. Write the request, and nothing else.

The text:
{text}

The request:`,
  score: `Below are a request and an answer to it. Judge whether the answer is a good example of how an assistant should answer, on this scale:

1: It is incomplete, vague, or about something else; or it was written for other readers, with parts of a web page in it.
2: It goes into most of what is asked, but not into the request itself, and says what to do rather than doing it.
3: It is of use, but written by somebody else for other readers: not an assistant's answer, with the writer's own experience or opinion.
4: It is an assistant's answer to this request, full and clear, with little that could be better.
5: It is an excellent answer of an assistant: to the point, right, by somebody who knows the matter, easy to read.

The request:
{instruction}

The answer:
{text}

Give your reasons in a sentence or two. Then write a last line "Score: " with the number alone.`,
};

/**
 * Instruction backtranslation: for texts that people wrote a model writes the instruction that each would answer (self-augmentation),
 * and then scores every pair from 1 to 5 as an example of an assistant's answer (self-curation). Pairs below `least_score` leave. The
 * paper repeats this with the model tuned on what was kept: that is another stage with the tuned model.
 *
 * The texts are the outputs of the seeds.
 *
 * @see Li et al. 2023, Self-Alignment with Instruction Backtranslation, https://arxiv.org/abs/2308.06259
 */
export const backtranslation: Synthesizer = {
  specVersion: 2,
  name: 'backtranslation',
  description: 'Instructions for texts that are there, and a score of every pair.',
  reference: {
    title: 'Self-Alignment with Instruction Backtranslation',
    authors: 'Li et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2308.06259',
  },
  options: optionsOf({
    least_score: {
      type: 'integer',
      minimum: 1,
      maximum: 5,
      default: 4,
      description: 'Pairs of a lower score leave.',
    },
    score_tokens: {
      type: 'integer',
      minimum: 1,
      default: 256,
      description: 'The length of a judgment at most.',
    },
    ...drawing({ temperature: 0.7, top_p: 0.9, max_tokens: 256 }),
  }),
  roles: { writer: 'writes the instruction of a text', judge: 'scores pairs' },
  prompts,
  seeds: 'instances with an output, the text',
  acceptsSeed: (record) => isInstance(record) && record.output.trim() !== '',
  leastSeeds: () => 1,
  async *write(request) {
    const { atOnce, signal, seed } = request;
    const options = request.options as unknown as BacktranslationOptions;
    const [writer, judge] = [request.model('writer'), request.model('judge')];
    const step = request.report.step('instructions of texts');
    const pairs = inOrder(request.seeds.filter(isInstance), atOnce, async (record, index) => {
      const text = record.output;
      const drawn = { temperature: options.temperature, topP: options.top_p, seed: seed + index };
      const written = await ask(
        writer,
        promptOf(request.prompts['instruction']!, { text }),
        within({ ...drawn, maxTokens: options.max_tokens }, signal),
      );
      const instruction = written.text.trim();
      if (instruction === '' || written.finish === 'length')
        return { record, instruction: '', score: undefined };
      const judged = await ask(
        judge,
        promptOf(request.prompts['score']!, { instruction, text }),
        within({ maxTokens: options.score_tokens, temperature: 0 }, signal),
      );
      return { record, instruction, score: scoreIn(judged.text) };
    });
    for await (const { record, instruction, score } of pairs) {
      const reason =
        instruction === ''
          ? 'no instruction'
          : score === undefined
            ? 'no score from 1 to 5'
            : score < options.least_score
              ? `a score below ${options.least_score}`
              : undefined;
      if (reason !== undefined) {
        step.drop(reason, record.id);
        continue;
      }
      step.keep();
      yield {
        id: record.id,
        instruction,
        output: record.output,
        meta: { ...record.meta, source: 'backtranslation', generator: writer.name, score },
      } satisfies DataRecord;
    }
  },
  plan({ seeds, options, prompts: { instruction = '', score = '' } }) {
    const { max_tokens: maxTokens, score_tokens: scoreTokens } =
      options as unknown as BacktranslationOptions;
    const mean = meanLength(seeds);
    return [
      {
        what: 'instructions',
        role: 'writer',
        requests: seeds.length,
        characters: Math.round(instruction.length + mean),
        maxTokens,
      },
      {
        what: 'scores',
        role: 'judge',
        requests: seeds.length,
        characters: Math.round(score.length + mean),
        maxTokens: scoreTokens,
      },
    ];
  },
};

/** The score that a judgment ends with: the last `Score: 4`, with or without ornament. */
export function scoreIn(text: string): number | undefined {
  const found = [...text.matchAll(/score\W{0,5}\s*([1-5])(?![\d.]*\d)/gi)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}
