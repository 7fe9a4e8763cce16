import { createRandom, isInstance, type DataRecord } from '@tunesmith/schema';
import { ask, within } from '../../asking/ask.ts';
import { inOrder } from '../../asking/in-order.ts';
import { promptOf } from '../../prompts/prompts.ts';
import type { SynthesisRequest, Synthesizer } from '../../synthesizer.ts';
import { meanLength } from '../seed-lengths.ts';
import { drawing, optionsOf } from '../options.ts';
import { failedAnswer, failedInstruction } from './elimination.ts';
import { evolPrompts, operators, type Operator } from './prompts.ts';

interface EvolOptions {
  readonly rounds: number;
  readonly operators: readonly Operator[];
  readonly answer_tokens: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly max_tokens: number;
}

/** One line of descent: where an instruction stands, and how it came there. */
interface Line {
  readonly instruction: string;
  readonly operators: readonly Operator[];
}

/** What became of an instruction in a round. */
interface Evolved {
  readonly line: Line;
  readonly answer?: string;
  readonly failed?: string;
}

/**
 * Evol-Instruct: in every round each instruction is changed by an operator drawn at random, five that make it deeper and one that writes a new
 * one beside it, and answered. An instruction fails where it is the same again (a model is asked), where its answer is sorry in fewer than
 * 80 words or says nothing, or where it repeats words of the prompt; it then goes into the next round as it was before.
 *
 * An input belongs to the instruction. The released code of the paper has neither the operator `complicated_input` nor the rules of
 * failing; both are here as the paper describes them.
 *
 * @see Xu et al. 2023, WizardLM: Empowering Large Language Models to Follow Complex Instructions, https://arxiv.org/abs/2304.12244
 */
export const evolInstruct: Synthesizer = {
  specVersion: 2,
  name: 'evol-instruct',
  description: 'Instructions made harder round by round, with answers; what failed is tried again.',
  reference: {
    title: 'WizardLM: Empowering Large Language Models to Follow Complex Instructions',
    authors: 'Xu et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2304.12244',
  },
  options: optionsOf({
    rounds: {
      type: 'integer',
      minimum: 1,
      default: 4,
      description: 'How many times every instruction is changed.',
    },
    operators: {
      type: 'array',
      minItems: 1,
      items: { enum: [...operators] },
      default: [...operators],
      description: 'The changes that are drawn from, each as likely.',
    },
    answer_tokens: {
      type: 'integer',
      minimum: 1,
      default: 2048,
      description: 'The length of an answer at most.',
    },
    ...drawing({ temperature: 1, top_p: 0.95, max_tokens: 2048 }),
  }),
  roles: {
    writer: 'changes instructions',
    judge: 'says whether two are the same',
    answerer: 'answers them',
  },
  prompts: evolPrompts,
  seeds: 'instances with an instruction',
  acceptsSeed: isInstance,
  leastSeeds: () => 1,
  async *write(request) {
    const options = request.options as unknown as EvolOptions;
    const random = createRandom(request.seed, 'operators of evol-instruct');
    let lines: Line[] = request.seeds.filter(isInstance).map(({ instruction, input }) => ({
      instruction: input ? `${instruction}\n${input}` : instruction,
      operators: [],
    }));
    const seeds = request.seeds.filter(isInstance);
    for (let round = 1; round <= options.rounds; round++) {
      const step = request.report.step(`round ${round}`);
      const drawn = lines.map((line) => ({
        line,
        operator: options.operators[random.integer(options.operators.length)]!,
      }));
      const next: Line[] = [];
      const evolving = inOrder(drawn, request.atOnce, ({ line, operator }, index) =>
        evolve(line, operator, request, options, round * lines.length + index),
      );
      for await (const { line, answer, failed } of evolving) {
        const index = next.length;
        next.push(line);
        const origin = seeds[index]!;
        if (answer === undefined) {
          step.drop(failed!, `${origin.id}, ${drawn[index]!.operator}`);
          continue;
        }
        step.keep();
        yield {
          id: `evol-instruct-${round}-${index}`,
          instruction: line.instruction,
          output: answer,
          meta: {
            source: 'evol-instruct',
            generator: request.model('answerer').name,
            seed_id: origin.id,
            round,
            operators: [...line.operators],
          },
        } satisfies DataRecord;
      }
      lines = next;
    }
  },
  plan({ seeds, options, prompts }) {
    const {
      rounds,
      max_tokens: maxTokens,
      answer_tokens: answerTokens,
    } = options as unknown as EvolOptions;
    const requests = seeds.length * rounds;
    const mean = meanLength(seeds);
    const characters = (text = '', of = 1) => Math.round(text.length + of * mean);
    return [
      {
        what: 'changed instructions',
        role: 'writer',
        requests,
        characters: characters(prompts['constraints']),
        maxTokens,
      },
      {
        what: 'the same or not',
        role: 'judge',
        requests,
        characters: characters(prompts['equal'], 2),
        maxTokens: 4,
      },
      {
        what: 'answers',
        role: 'answerer',
        requests,
        characters: characters(prompts['answer']),
        maxTokens: answerTokens,
      },
    ];
  },
};

/** One instruction, changed, judged and answered; as it was where that failed. */
async function evolve(
  line: Line,
  operator: Operator,
  { model, prompts, seed, signal }: SynthesisRequest,
  options: EvolOptions,
  number: number,
): Promise<Evolved> {
  const drawn = { temperature: options.temperature, topP: options.top_p, seed: seed + number };
  const changed = await ask(
    model('writer'),
    promptOf(prompts[operator]!, { instruction: line.instruction }),
    within({ ...drawn, maxTokens: options.max_tokens }, signal),
  );
  const instruction = changed.text.trim();
  const failed =
    changed.finish === 'length'
      ? 'cut off by the limit of tokens'
      : failedInstruction(instruction, line.instruction);
  if (failed !== undefined) return { line, failed };
  const verdict = await ask(
    model('judge'),
    promptOf(prompts['equal']!, { first: line.instruction, second: instruction }),
    within({ maxTokens: 4, temperature: 0 }, signal),
  );
  if (/^\W*equal\b/i.test(verdict.text))
    return { line, failed: 'the same as before, says the judge' };
  const answer = await ask(
    model('answerer'),
    promptOf(prompts['answer']!, { instruction }),
    within({ ...drawn, maxTokens: options.answer_tokens }, signal),
  );
  const wrong =
    answer.finish === 'length'
      ? 'an answer cut off by the limit of tokens'
      : failedAnswer(answer.text);
  if (wrong !== undefined) return { line, failed: wrong };
  return {
    line: { instruction, operators: [...line.operators, operator] },
    answer: answer.text.trim(),
  };
}
