import { isInstance, type DataRecord } from '@tunesmith/schema';
import { ask, within } from '../../asking/ask.ts';
import { inOrder } from '../../asking/in-order.ts';
import { promptOf } from '../../prompts/prompts.ts';
import type { Synthesizer } from '../../synthesizer.ts';
import { meanLength } from '../seed-lengths.ts';
import { drawing, optionsOf } from '../options.ts';
import { alignedAnswer } from './filters.ts';
import { selfAlignPrompts } from './prompts.ts';

interface SelfAlignOptions {
  readonly assistant: string;
  readonly least_words: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly max_tokens: number;
}

/**
 * Self-alignment after Dromedary: a model that is shown rules and a few examples of thinking about them answers instructions; the
 * thoughts are taken away, and what is kept is filtered: the answer must follow thoughts, is cut where it begins to repeat itself or to
 * write the user's next turn, and leaves where it repeats the instruction, the input or the examples of the prompt.
 *
 * @see Sun et al. 2023, Principle-Driven Self-Alignment of Language Models from Scratch with Minimal Human Supervision, https://arxiv.org/abs/2305.03047
 */
export const selfAlign: Synthesizer = {
  specVersion: 2,
  name: 'self-align',
  description:
    'Answers by written rules, with thoughts that are taken away, and filters over them.',
  reference: {
    title:
      'Principle-Driven Self-Alignment of Language Models from Scratch with Minimal Human Supervision',
    authors: 'Sun et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2305.03047',
  },
  options: optionsOf({
    assistant: {
      type: 'string',
      minLength: 1,
      default: 'Sage',
      description: "The assistant's name in the prompt: its turns begin with it.",
    },
    least_words: {
      type: 'integer',
      minimum: 1,
      default: 2,
      description: 'Words of an answer at least.',
    },
    ...drawing({ temperature: 0.7, top_p: 1, max_tokens: 512 }),
  }),
  roles: { answerer: 'answers by the rules' },
  prompts: selfAlignPrompts,
  seeds: 'instances with an instruction',
  acceptsSeed: isInstance,
  leastSeeds: () => 1,
  async *write({ seeds, prompts, model, atOnce, seed, signal, report, options: given }) {
    const options = given as unknown as SelfAlignOptions;
    const answerer = model('answerer');
    const step = report.step('aligned answers');
    const prompt = prompts['aligned']!;
    const answers = inOrder(seeds.filter(isInstance), atOnce, async (record, index) => {
      const instruction = record.input
        ? `${record.instruction}\n\n${record.input}`
        : record.instruction;
      const wanted = {
        maxTokens: options.max_tokens,
        temperature: options.temperature,
        topP: options.top_p,
        seed: seed + index,
      };
      return {
        record,
        answer: await ask(answerer, promptOf(prompt, { instruction }), within(wanted, signal)),
      };
    });
    for await (const { record, answer } of answers) {
      const found = alignedAnswer(answer, { ...options, record, prompt });
      if (found.reason !== undefined) {
        step.drop(found.reason, record.id);
        continue;
      }
      step.keep();
      yield {
        ...record,
        output: found.output,
        meta: { ...record.meta, source: 'self-align', generator: answerer.name },
      } satisfies DataRecord;
    }
  },
  plan({ seeds, options, prompts: { aligned = '' } }) {
    const { max_tokens: maxTokens } = options as unknown as SelfAlignOptions;
    const characters = Math.round(aligned.length + meanLength(seeds));
    return [
      { what: 'aligned answers', role: 'answerer', requests: seeds.length, characters, maxTokens },
    ];
  },
};
