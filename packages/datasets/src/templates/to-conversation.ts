import {
  answerChoices,
  TunesmithError,
  isConversation,
  isInstance,
  phrase,
  phraseChoices,
  type Conversation,
  type DataRecord,
  type PromptTemplate,
} from '@tunesmith/schema';
import { plain } from './plain.ts';

/**
 * A record as a conversation: an instance through the template, the answers of `meta.choices` (or that the template knows) too, each
 * in the first of its ways, and its rejected answer; a conversation as it is.
 *
 * @param template {@link plain} by default
 * @throws TunesmithError `invalid-choices`; `no-text` for tokens, which have no messages
 */
export function toConversation(record: DataRecord, template: PromptTemplate = plain): Conversation {
  if (isConversation(record)) return record;
  if (isInstance(record)) {
    const { id, rejected, meta } = record;
    const closed = answerChoices(record, template);
    const choices = closed && phraseChoices(record, closed, template);
    return {
      id,
      messages: phrase(record, template),
      ...(rejected === undefined
        ? {}
        : { rejected: phrase({ ...record, output: rejected }, template).slice(-1) }),
      ...(meta || choices
        ? { meta: { ...meta, ...(choices && { choices: choices.map(([first]) => first!) }) } }
        : {}),
    };
  }
  throw new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'no-text',
    message: `record ${JSON.stringify(record.id)} is tokens and has no messages`,
    value: record.id,
    accepted: 'an instance or a conversation',
  });
}
