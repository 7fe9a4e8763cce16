import { TunesmithError } from '../errors/tunesmith-error.ts';
import { validate } from '../validation/validate.ts';
import { conversationSchema, type Conversation } from './conversation.ts';
import { instanceSchema, type Instance } from './instance.ts';
import { tokenizedSchema, type Tokenized } from './tokenized.ts';

/** What every data source yields: an instance, a conversation, or tokens. */
export type DataRecord = Instance | Conversation | Tokenized;

/** Whether a record is an {@link Instance}. */
export function isInstance(record: DataRecord): record is Instance {
  return 'instruction' in record;
}

/** Whether a record is a {@link Conversation}. */
export function isConversation(record: DataRecord): record is Conversation {
  return 'messages' in record;
}

/** Whether a record is {@link Tokenized}. */
export function isTokenized(record: DataRecord): record is Tokenized {
  return 'input_ids' in record;
}

/**
 * Checks that `value` is a {@link DataRecord}, judged by the key that tells the three kinds apart.
 *
 * @throws TunesmithError `invalid-instance`, `invalid-conversation`, `invalid-tokenized-example` or `invalid-record`,
 * with file and line where given.
 */
export function validateRecord(
  value: unknown,
  context: { package: string; file?: string; line?: number },
): DataRecord {
  const keys = typeof value === 'object' && value !== null ? value : {};
  if ('messages' in keys)
    return validate<Conversation>(conversationSchema, value, { what: 'conversation', ...context });
  if ('instruction' in keys)
    return validate<Instance>(instanceSchema, value, { what: 'instance', ...context });
  if (!('input_ids' in keys)) {
    const at =
      context.file === undefined
        ? ''
        : `${context.file}${context.line === undefined ? '' : `:${context.line}`}: `;
    throw new TunesmithError({
      package: context.package,
      code: 'invalid-record',
      message: `${at}record: none of the keys that tell what it is`,
      value,
      accepted:
        'an object with instruction and output, with messages, or with input_ids and labels',
    });
  }
  const tokens = validate<Tokenized>(tokenizedSchema, value, {
    what: 'tokenized example',
    ...context,
  });
  if (tokens.labels.length !== tokens.input_ids.length) {
    const at =
      context.file === undefined
        ? ''
        : `${context.file}${context.line === undefined ? '' : `:${context.line}`}: `;
    throw new TunesmithError({
      package: context.package,
      code: 'invalid-tokenized-example',
      message: `${at}tokenized example: labels has ${tokens.labels.length} entries and input_ids has ${tokens.input_ids.length}`,
      value: tokens.labels.length,
      accepted: `${tokens.input_ids.length} labels, one for each token`,
    });
  }
  return tokens;
}
