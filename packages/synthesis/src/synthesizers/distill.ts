import { isConversation, isInstance, type DataRecord, type Message } from '@tunesmith/schema';
import { inOrder } from '../asking/in-order.ts';
import { within } from '../asking/ask.ts';
import { fill } from '../prompts/prompts.ts';
import type { Synthesizer } from '../synthesizer.ts';
import { meanLength } from './seed-lengths.ts';
import { drawing, optionsOf } from './options.ts';

interface DistillOptions {
  readonly answers: number;
  readonly keep_cut_off: boolean;
  readonly temperature: number;
  readonly top_p: number;
  readonly max_tokens: number;
}

const prompts = {
  task: '{instruction}',
  task_with_input: '{instruction}\n\n{input}',
};

/**
 * Response distillation: a stronger model answers instructions that are there, in place of whoever answered them before. Instances keep
 * their instruction and input; of a conversation the last answer is written anew, after everything that stands before it.
 *
 * @see Zhang et al. 2023, Instruction Tuning for Large Language Models: A Survey, https://arxiv.org/abs/2308.10792, §3
 */
export const distill: Synthesizer = {
  specVersion: 2,
  name: 'distill',
  description: 'Answers of a stronger model to instructions that are there.',
  reference: {
    title: 'Instruction Tuning for Large Language Models: A Survey',
    authors: 'Zhang et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2308.10792',
  },
  options: optionsOf({
    answers: {
      type: 'integer',
      minimum: 1,
      default: 1,
      description: 'Answers to each instruction, a record each.',
    },
    keep_cut_off: {
      type: 'boolean',
      default: false,
      description: 'Whether answers that reached max_tokens stay; they are marked by meta.cut_off.',
    },
    ...drawing({ temperature: 0, top_p: 1, max_tokens: 1024 }),
  }),
  roles: { answerer: 'answers the instructions' },
  prompts,
  seeds: 'instances or conversations with a question',
  acceptsSeed: (record) =>
    isInstance(record) || (isConversation(record) && asked(record.messages).length > 0),
  leastSeeds: () => 1,
  async *write(request) {
    const { atOnce, signal, seed } = request;
    const options = request.options as unknown as DistillOptions;
    const model = request.model('answerer');
    const step = request.report.step('answers');
    const answers = inOrder(request.seeds, atOnce, async (record) => ({
      record,
      response: await model.respond(
        messagesOf(record, request.prompts),
        within(
          {
            maxTokens: options.max_tokens,
            temperature: options.temperature,
            topP: options.top_p,
            count: options.answers,
            seed,
          },
          signal,
        ),
      ),
    }));
    for await (const { record, response } of answers) {
      for (const [index, { text, finish }] of response.answers.entries()) {
        const id = options.answers === 1 ? record.id : `${record.id}~${index}`;
        const cutOff = finish === 'length';
        if (text.trim() === '' || (cutOff && !options.keep_cut_off)) {
          step.drop(cutOff ? 'cut off by the limit of tokens' : 'no answer', id);
          continue;
        }
        step.keep();
        yield answered(record, id, text.trim(), {
          generator: model.name,
          ...(cutOff ? { cut_off: true } : {}),
        });
      }
    }
  },
  plan({ seeds, options }) {
    const { max_tokens: maxTokens, answers } = options as unknown as DistillOptions;
    return [
      {
        what: 'answers',
        role: 'answerer',
        requests: seeds.length * answers,
        characters: Math.round(meanLength(seeds)),
        maxTokens,
      },
    ];
  },
};

/** What is asked: the turns before the last answer. */
function asked(messages: readonly Message[]): readonly Message[] {
  const last = messages.findLastIndex(({ role }) => role === 'user' || role === 'tool');
  return messages.slice(0, last + 1);
}

function messagesOf(
  record: DataRecord,
  { task = '', task_with_input: both = '' }: Synthesizer['prompts'],
): Message[] {
  if (isConversation(record)) return [...asked(record.messages)];
  if (!isInstance(record)) return [];
  const { instruction, input, system, history = [] } = record;
  return [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    ...history.flatMap((turn): Message[] => [
      { role: 'user', content: turn.instruction },
      { role: 'assistant', content: turn.output },
    ]),
    {
      role: 'user',
      content: input ? fill(both, { instruction, input }) : fill(task, { instruction }),
    },
  ];
}

function answered(
  record: DataRecord,
  id: string,
  output: string,
  said: Record<string, unknown>,
): DataRecord {
  const meta = { ...record.meta, ...said };
  if (isInstance(record)) return { ...record, id, output, meta };
  if (!isConversation(record)) return record;
  return {
    ...record,
    id,
    messages: [...asked(record.messages), { role: 'assistant', content: output }],
    meta,
  };
}
