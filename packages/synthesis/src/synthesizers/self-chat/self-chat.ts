import { isConversation, isInstance, type DataRecord, type Message } from '@tunesmith/schema';
import { ask, within } from '../../asking/ask.ts';
import { inOrder } from '../../asking/in-order.ts';
import { promptOf } from '../../prompts/prompts.ts';
import { contentText } from '@tunesmith/datasets';
import type { SynthesisRequest, Synthesizer } from '../../synthesizer.ts';
import { meanLength } from '../seed-lengths.ts';
import { drawing, optionsOf } from '../options.ts';
import { turnsOf } from './transcript.ts';

interface SelfChatOptions {
  readonly by_turns: boolean;
  readonly turns: number;
  readonly turn_tokens: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly max_tokens: number;
}

const opening = '[Human] Hello!\n[AI] Hello! What can I do for you?';

const prompts = {
  transcript: `What follows is a talk between a person and an assistant about this: {topic}

What the person says begins with [Human], what the assistant says with [AI]. The person asks about that and what belongs to it, goes on from earlier answers, and ends the talk when nothing is left to ask. The assistant answers fully and asks nothing back unless it has to. Write the rest of the talk in this very form.

{opening}`,
};

/**
 * Self-chat after Baize: a model plays both sides of a talk about a seed. In one request it writes the whole transcript; by turns
 * (`by_turns`) one request goes on as the person up to the next `[AI]`, and another answers as an assistant, which may be another
 * model.
 *
 * The greeting that the prompt opens with is left out, as is a question that nobody answered; a turn that does not have exactly one answer
 * ends the talk.
 *
 * @see Xu et al. 2023, Baize: An Open-Source Chat Model with Parameter-Efficient Tuning on Self-Chat Data, https://arxiv.org/abs/2304.01196
 */
export const selfChat: Synthesizer = {
  specVersion: 2,
  name: 'self-chat',
  description: 'Talks about a topic in which a model plays both sides, or two models one each.',
  reference: {
    title: 'Baize: An Open-Source Chat Model with Parameter-Efficient Tuning on Self-Chat Data',
    authors: 'Xu et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2304.01196',
  },
  options: optionsOf({
    by_turns: {
      type: 'boolean',
      default: false,
      description: 'Whether every turn is a request of its own.',
    },
    turns: {
      type: 'integer',
      minimum: 1,
      default: 10,
      description: 'Questions of a talk at most.',
    },
    turn_tokens: {
      type: 'integer',
      minimum: 1,
      default: 512,
      description: 'The length of a turn at most, by turns.',
    },
    ...drawing({ temperature: 1, top_p: 1, max_tokens: 2048 }),
  }),
  roles: { human: 'plays the person, or both', assistant: 'answers, by turns' },
  prompts,
  seeds: 'instances or conversations, whose first question is the topic',
  acceptsSeed: (record) => topicOf(record) !== undefined,
  leastSeeds: () => 1,
  async *write(request) {
    const options = request.options as unknown as SelfChatOptions;
    const step = request.report.step('talks');
    const talks = inOrder(request.seeds, request.atOnce, async (record, index) => {
      const topic = topicOf(record)!;
      const turns = options.by_turns
        ? await byTurns(topic, request, options, index)
        : await atOnce(topic, request, options, index);
      return { record, topic, turns };
    });
    let index = 0;
    for await (const { record, topic, turns } of talks) {
      if (turns.length === 0) {
        step.drop('no question with an answer', record.id);
        continue;
      }
      step.keep();
      const { name } = request.model(options.by_turns ? 'assistant' : 'human');
      yield {
        id: `self-chat-${index++}`,
        messages: turns,
        meta: { source: 'self-chat', generator: name, topic, seed_id: record.id },
      } satisfies DataRecord;
    }
  },
  plan({ seeds, options, prompts: { transcript = '' } }) {
    const {
      by_turns: each,
      turns,
      max_tokens: maxTokens,
      turn_tokens: turnTokens,
    } = options as unknown as SelfChatOptions;
    const characters = Math.round(transcript.length + meanLength(seeds));
    if (!each)
      return [{ what: 'talks', role: 'human', requests: seeds.length, characters, maxTokens }];
    // a turn of some hundred characters a side
    const grown = characters + turns * 400;
    return [
      {
        what: 'questions',
        role: 'human',
        requests: seeds.length * turns,
        characters: grown,
        maxTokens: turnTokens,
      },
      {
        what: 'answers',
        role: 'assistant',
        requests: seeds.length * turns,
        characters: turns * 400,
        maxTokens: turnTokens,
      },
    ];
  },
};

/** What a seed's talk is about. */
function topicOf(record: DataRecord): string | undefined {
  if (isInstance(record)) return record.instruction;
  if (!isConversation(record)) return undefined;
  const first = record.messages.find(({ role }) => role === 'user');
  return first && contentText(first);
}

/** A whole talk from one request. */
async function atOnce(
  topic: string,
  { model, prompts: { transcript = '' }, seed, signal }: SynthesisRequest,
  options: SelfChatOptions,
  index: number,
): Promise<Message[]> {
  const { text, finish } = await ask(
    model('human'),
    promptOf(transcript, { topic, opening }),
    within(
      {
        maxTokens: options.max_tokens,
        temperature: options.temperature,
        topP: options.top_p,
        seed: seed + index,
      },
      signal,
    ),
  );
  const turns = turnsOf(text);
  // the last answer may have been cut in the middle
  const whole = finish === 'length' ? turns.slice(0, -2) : turns;
  return whole.slice(0, 2 * options.turns);
}

/** A talk of requests in turn. */
async function byTurns(
  topic: string,
  { model, prompts: { transcript = '' }, seed, signal }: SynthesisRequest,
  options: SelfChatOptions,
  index: number,
): Promise<Message[]> {
  const [human, assistant] = [model('human'), model('assistant')];
  const turns: Message[] = [];
  const drawn = {
    maxTokens: options.turn_tokens,
    temperature: options.temperature,
    topP: options.top_p,
    seed: seed + index,
  };
  for (let turn = 0; turn < options.turns; turn++) {
    const said = turns.map(
      (said) => `[${said.role === 'user' ? 'Human' : 'AI'}] ${contentText(said)}`,
    );
    const question = await ask(
      human,
      promptOf(`${transcript}\n[Human]`, { topic, opening: [opening, ...said].join('\n') }),
      within({ ...drawn, stop: ['[AI]', '\n[Human]'] }, signal),
    );
    const content = question.text.replace(/^\s*\[Human\]/, '').trim();
    if (content === '' || question.finish === 'length') break;
    const asked: Message[] = [...turns, { role: 'user', content }];
    const { answers } = await assistant.respond(asked, within(drawn, signal));
    const answer = answers[0]?.text.trim() ?? '';
    if (answer === '' || answers[0]?.finish === 'length') break;
    turns.push({ role: 'user', content }, { role: 'assistant', content: answer });
  }
  return turns;
}
