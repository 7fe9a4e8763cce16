import { createRandom, isInstance, type DataRecord, type Instance } from '@tunesmith/schema';
import { ask, within } from '../asking/ask.ts';
import { inOrder } from '../asking/in-order.ts';
import { promptOf } from '../prompts/prompts.ts';
import type { Synthesizer } from '../synthesizer.ts';
import { noteFewer, outOfPatience, rounds } from './rounds.ts';
import { meanLength } from './seed-lengths.ts';
import { sample } from './instruction-pool.ts';
import { countOption, drawing, optionsOf, roundOptions } from './options.ts';

interface UnnaturalOptions {
  readonly count: number;
  readonly per_round: number;
  readonly reformulations: number;
  readonly answer_tokens: number;
  readonly patience: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly max_tokens: number;
}

const prompts = {
  example: `{examples}

Example 4
Instruction:`,
  output: `Instruction: {instruction}
Input: {input}
Constraints: {constraints}
Output:`,
  reformulation: `Say the instruction in other words, so that the same is asked of the same input.

Instruction: {instruction}
Input: {input}

In other words:`,
};

/** An example in the four parts of the paper but its output. */
interface Elicited {
  readonly instruction: string;
  readonly input: string;
  readonly constraints: string;
}

/**
 * Unnatural Instructions: three seeds, each an instruction, an input and constraints on the output, elicit a fourth; a request of its own,
 * in which the likeliest token is taken each time, answers it; others say the instruction in other words. What lacks a part, repeats a
 * seed that it was shown, or was written before is left out.
 *
 * A seed's constraints are its `meta.constraints`. They are put after the instruction unless they are none.
 *
 * @see Honovich et al. 2023, Unnatural Instructions, https://arxiv.org/abs/2212.09689
 */
export const unnaturalInstructions: Synthesizer = {
  specVersion: 2,
  name: 'unnatural-instructions',
  description: 'A fourth example from three, with constraints, an answer and paraphrases.',
  reference: {
    title: 'Unnatural Instructions: Tuning Language Models with (Almost) No Human Labor',
    authors: 'Honovich et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2212.09689',
  },
  options: optionsOf({
    count: countOption('new examples'),
    ...roundOptions,
    reformulations: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'Records in other words beside each example.',
    },
    answer_tokens: {
      type: 'integer',
      minimum: 1,
      default: 512,
      description: 'The length of an answer at most.',
    },
    ...drawing({ temperature: 1, top_p: 0.99, max_tokens: 512 }),
  }),
  roles: {
    writer: 'writes examples',
    answerer: 'answers them',
    paraphraser: 'says them in other words',
  },
  prompts,
  seeds: 'instances with an input',
  acceptsSeed: (record) => isInstance(record) && (record.input ?? '') !== '',
  leastSeeds: () => 3,
  async *write(request) {
    const { atOnce, signal, seed, report } = request;
    const options = request.options as unknown as UnnaturalOptions;
    const seeds = request.seeds.filter(isInstance);
    const random = createRandom(seed, 'examples of prompts');
    const [writer, answerer, paraphraser] = ['writer', 'answerer', 'paraphraser'].map(
      request.model,
    ) as [
      ReturnType<typeof request.model>,
      ReturnType<typeof request.model>,
      ReturnType<typeof request.model>,
    ];
    const step = report.step('new examples');
    const other = report.step('in other words');
    const seen = new Set<string>();
    let made = 0;
    const rest = {
      done: () => made >= options.count,
      progress: () => seen.size,
      patience: options.patience,
    };
    for (const round of rounds(rest)) {
      const asked = round * options.per_round;
      const shown = Array.from({ length: options.per_round }, () => sample(seeds, 3, random));
      const answers = inOrder(shown, atOnce, async (three, index) => ({
        three,
        answer: await ask(
          writer,
          promptOf(request.prompts['example']!, { examples: three.map(shownExample).join('\n\n') }),
          within(
            {
              maxTokens: options.max_tokens,
              temperature: options.temperature,
              topP: options.top_p,
              stop: ['\nExample 5'],
              seed: seed + asked + index,
            },
            signal,
          ),
        ),
      }));
      const fresh: Elicited[] = [];
      for await (const { three, answer } of answers) {
        if (made + fresh.length === options.count) break;
        const found = answer.finish === 'length' ? undefined : elicited(answer.text);
        const reason = found
          ? repeated(found, three, seen)
          : answer.finish === 'length'
            ? 'cut off by the limit of tokens'
            : 'without instruction, input and constraints';
        if (reason !== undefined || !found) {
          step.drop(reason!, answer.text.slice(0, 60).replace(/\s+/g, ' '));
          continue;
        }
        seen.add(keyOf(found));
        fresh.push(found);
      }
      const written = inOrder(fresh, atOnce, async (one) => {
        const output = await ask(
          answerer,
          promptOf(request.prompts['output']!, { ...one }),
          within({ maxTokens: options.answer_tokens, temperature: 0 }, signal),
        );
        const ways = await Promise.all(
          Array.from({ length: output.text.trim() === '' ? 0 : options.reformulations }, (_, k) =>
            ask(
              paraphraser,
              promptOf(request.prompts['reformulation']!, {
                instruction: one.instruction,
                input: one.input,
              }),
              within(
                {
                  maxTokens: options.max_tokens,
                  temperature: options.temperature,
                  topP: options.top_p,
                  seed: seed + k,
                },
                signal,
              ),
            ),
          ),
        );
        return { one, output, ways };
      });
      for await (const { one, output, ways } of written) {
        const text = output.text.trim();
        if (text === '' || output.finish === 'length') {
          step.drop(
            text === '' ? 'no answer' : 'an answer cut off by the limit of tokens',
            one.instruction,
          );
          continue;
        }
        step.keep();
        const id = `unnatural-instructions-${made++}`;
        const record = recordOf(id, one, text, answerer.name);
        yield record;
        const said = new Set([one.instruction]);
        for (const [index, way] of ways.entries()) {
          const words = way.text.trim();
          if (words === '' || way.finish === 'length' || said.has(words)) {
            other.drop(said.has(words) ? 'the same words' : 'no words', id);
            continue;
          }
          said.add(words);
          other.keep();
          yield {
            ...recordOf(`${id}~${index}`, { ...one, instruction: words }, text, answerer.name),
          };
        }
      }
    }
    noteFewer(report, {
      what: 'examples',
      there: made,
      wanted: options.count,
      why: outOfPatience(options.patience),
    });
  },
  plan({ seeds, options, prompts: { example = '', output = '', reformulation = '' } }) {
    const {
      count,
      max_tokens: maxTokens,
      answer_tokens: answerTokens,
      reformulations,
    } = options as unknown as UnnaturalOptions;
    const mean = meanLength(seeds);
    return [
      {
        what: 'new examples',
        role: 'writer',
        requests: Math.ceil(count * 1.5),
        characters: Math.round(example.length + 3 * mean),
        maxTokens,
      },
      {
        what: 'answers',
        role: 'answerer',
        requests: count,
        characters: Math.round(output.length + mean),
        maxTokens: answerTokens,
      },
      ...(reformulations === 0
        ? []
        : [
            {
              what: 'in other words',
              role: 'paraphraser',
              requests: count * reformulations,
              characters: Math.round(reformulation.length + mean),
              maxTokens,
            },
          ]),
    ];
  },
};

function shownExample({ instruction, input, meta }: Instance, index: number): string {
  const constraints = meta?.['constraints'];
  return `Example ${index + 1}\nInstruction: ${instruction}\nInput: ${input}\nConstraints: ${typeof constraints === 'string' ? constraints : 'None.'}`;
}

/** The parts of an answer that goes on after `Instruction:`; nothing where one is missing. */
function elicited(text: string): Elicited | undefined {
  const begun = /^\s*(?:Example 4\s*)?Instruction:/i.test(text) ? text : `Instruction:${text}`;
  const parts = /Instruction:([^]*?)\n\s*Input:([^]*?)\n\s*Constraints:([^]*)$/i
    .exec(begun)
    ?.slice(1);
  const [instruction, input, constraints] = (parts ?? []).map((part) => part.trim());
  return instruction && input && constraints ? { instruction, input, constraints } : undefined;
}

function repeated(
  found: Elicited,
  shown: readonly Instance[],
  seen: ReadonlySet<string>,
): string | undefined {
  if (
    shown.some(
      ({ instruction, input }) => instruction === found.instruction && input === found.input,
    )
  )
    return 'a seed again';
  return seen.has(keyOf(found)) ? 'written before' : undefined;
}

function keyOf({ instruction, input }: Elicited): string {
  return JSON.stringify([instruction, input]);
}

function recordOf(
  id: string,
  { instruction, input, constraints }: Elicited,
  output: string,
  generator: string,
): DataRecord {
  const free = /^none\.?$/i.test(constraints);
  return {
    id,
    instruction: free ? instruction : `${instruction} ${constraints}`,
    input,
    output,
    meta: { source: 'unnatural-instructions', generator, constraints },
  };
}
