import type { PromptTemplate } from '../plugins/data-contracts.ts';
import type { Message } from './conversation.ts';
import type { Instance } from './instance.ts';

/**
 * The messages of an instance: its system prompt, each exchange of its history and its own, every exchange phrased by
 * the same template. A system prompt that the template brings gives way to the instance's and stands once.
 */
export function phrase(instance: Instance, template: PromptTemplate): Message[] {
  const { system, history = [], ...own } = instance;
  const exchanges = [
    ...history.map((exchange) => ({ id: instance.id, ...exchange })),
    own satisfies Instance,
  ].map((exchange) => template.messages(exchange));
  if (system === undefined && history.length === 0) return exchanges[0]!;
  const brought = exchanges[0]!.find(({ role }) => role === 'system');
  const first: Message | undefined =
    system === undefined ? brought : { role: 'system', content: system };
  const turns = exchanges.flat().filter(({ role }) => role !== 'system');
  return first ? [first, ...turns] : turns;
}

/**
 * The answers of `meta.choices` as the template writes them: what stands in the last turn where the output is each of them, and
 * every other way in which the template may say it.
 *
 * @returns the ways of each choice, at least one; the first is the one that the template's messages have
 */
export function phraseChoices(
  instance: Instance,
  choices: readonly string[],
  template: PromptTemplate,
): (readonly string[])[] {
  return choices.map((output) => {
    const stated = { ...instance, output };
    const ways = template.answers?.(stated) ?? [];
    if (ways.length > 0) return ways;
    const content = template.messages(stated).at(-1)?.content;
    return [typeof content === 'string' ? content : output];
  });
}

/** The messages of an instance, once for each way in which the template may write its answer; that of {@link phrase} comes first. */
export function phraseWays(instance: Instance, template: PromptTemplate): Message[][] {
  const messages = phrase(instance, template);
  const ways = template.answers?.(instance) ?? [];
  if (ways.length < 2) return [messages];
  return ways.map((content) => [...messages.slice(0, -1), { ...messages.at(-1)!, content }]);
}
