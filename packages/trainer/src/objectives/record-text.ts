import { renderChat } from '@tunesmith/models';
import type { Tokenizer } from '@tunesmith/models';
import { isInstance, isTokenized, phrase, TunesmithError } from '@tunesmith/schema';
import type { Conversation, DataRecord, Instance, Message } from '@tunesmith/schema';
import type { ObjectiveContext } from './objective.ts';

/** A record as turns: everything before its last answer, and that answer. */
export interface Turns {
  readonly before: readonly Message[];
  /** The last message, where it is the assistant's. */
  readonly answer?: Message;
}

/**
 * The turns of a record that is text; instances through the template.
 *
 * @throws TunesmithError `missing-template`
 */
export function turnsOf(
  record: Instance | Conversation,
  { template }: Pick<ObjectiveContext, 'template'>,
): Turns {
  const messages = isInstance(record) ? phrased(record, template) : record.messages;
  const last = messages.at(-1);
  return last?.role === 'assistant'
    ? { before: messages.slice(0, -1), answer: last }
    : { before: messages };
}

/** The text of a message. @throws TunesmithError `unsupported-part` for images */
export function contentOf({ content }: Message, id: string): string {
  if (typeof content === 'string') return content;
  const foreign = content.find((part) => part.type !== 'text');
  if (foreign)
    throw failure(id, 'unsupported-part', `holds a part of type ${foreign.type}`, 'text alone');
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/**
 * The turns as one text, for models that are no chat models: a single turn is its content; several are rendered by the
 * tokenizer's own chat template where it has one, and stand under each other with an empty line between them where not.
 */
export function textOf(messages: readonly Message[], tokenizer: Tokenizer, id: string): string {
  const [only] = messages;
  if (only && messages.length === 1) return contentOf(only, id);
  if (tokenizer.chatTemplate !== undefined)
    return renderChat(tokenizer, messages, { generationPrompt: true }).text;
  return messages.map((message) => contentOf(message, id)).join('\n\n');
}

/** The tokenizer of a context. @throws TunesmithError `missing-tokenizer` naming the example */
export function tokenizerOf({ tokenizer }: ObjectiveContext, id: string): Tokenizer {
  if (tokenizer) return tokenizer;
  throw failure(id, 'missing-tokenizer', 'is text and no tokenizer was given', 'a tokenizer');
}

/** A record that is text. @throws TunesmithError `unsupported-record` for tokens */
export function asText(record: DataRecord, objective: string): Instance | Conversation {
  if (!isTokenized(record)) return record;
  throw failure(
    record.id,
    'unsupported-record',
    `is tokens already, which the objective ${objective} cannot use`,
    'instances or conversations',
  );
}

/** An error about one example. */
export function failure(
  id: string,
  code: string,
  what: string,
  accepted: string,
  value?: unknown,
): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code,
    message: `example "${id}" ${what}`,
    value: value ?? id,
    accepted,
  });
}

function phrased(record: Instance, template: ObjectiveContext['template']): readonly Message[] {
  if (template) return phrase(record, template);
  throw failure(
    record.id,
    'missing-template',
    'is an instance and no template was given',
    'a prompt template, or conversations',
  );
}
