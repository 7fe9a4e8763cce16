import {
  isConversation,
  isInstance,
  TunesmithError,
  type DataFilter,
  type DataRecord,
  type Message,
} from '@tunesmith/schema';
import { completed } from '../completed.ts';
import { judgeEach } from '../judge-each.ts';
import { findSecrets, secretKinds, type SecretKind } from './patterns.ts';

interface RedactOptions {
  readonly kinds: readonly SecretKind[];
  readonly replacement: string;
  readonly drop: boolean;
}

/**
 * Replaces secrets and personal data in every text of a record, tool calls included: keys of common kinds, email addresses, card
 * numbers that pass Luhn's check, IP addresses, phone numbers. What was replaced is noted by kind; what it was stands nowhere.
 *
 * With `drop` the record leaves instead. Patterns find what looks like them: names and addresses of streets are not found.
 */
export const redact: DataFilter = {
  specVersion: 2,
  name: 'redact',
  description: 'Replaces keys, email addresses, card numbers, IP addresses and phone numbers.',
  options: {
    type: 'object',
    properties: {
      kinds: {
        type: 'array',
        items: { type: 'string', enum: [...secretKinds] },
        minItems: 1,
        default: [...secretKinds],
        description: 'What is looked for.',
      },
      replacement: {
        type: 'string',
        default: '[{kind}]',
        description: 'What stands in its place; {kind} is the kind in capitals.',
      },
      drop: {
        type: 'boolean',
        default: false,
        description: 'Whether records that hold any leave instead.',
      },
    },
    additionalProperties: false,
  },
  check: (given) => {
    const { replacement, kinds } = completed<RedactOptions>(redact, given);
    const written = kinds.map((kind) => replacementOf(replacement, kind)).join(' ');
    const [found] = findSecrets(written, secretKinds);
    if (!found) return;
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'invalid-filter',
      message: 'data filter redact: what is put in place of secrets looks like one itself',
      value: replacement,
      accepted: 'a replacement such as [{kind}]',
    });
  },
  judge: judgeEach((given: unknown) => {
    const { kinds, replacement, drop } = completed<RedactOptions>(redact, given);
    return (record) => {
      const found = new Set<SecretKind>();
      const redacted = mapTexts(record, (text) => {
        const secrets = findSecrets(text, kinds);
        for (const { kind } of secrets) found.add(kind);
        let [end, clean] = [0, ''];
        for (const secret of secrets) {
          clean += text.slice(end, secret.start) + replacementOf(replacement, secret.kind);
          end = secret.end;
        }
        return clean + text.slice(end);
      });
      if (found.size === 0) return undefined;
      const noted = secretKinds.filter((kind) => found.has(kind));
      if (drop) return `holds ${noted.map((kind) => words[kind]).join(', ')}`;
      return { record: redacted, noted: noted.map((kind) => `${words[kind]} replaced`) };
    };
  }),
};

const words: Readonly<Record<SecretKind, string>> = {
  key: 'a key',
  email: 'an email address',
  card: 'a card number',
  ip: 'an IP address',
  phone: 'a phone number',
};

function replacementOf(replacement: string, kind: SecretKind): string {
  return replacement.replaceAll('{kind}', kind.toUpperCase());
}

type Change = (text: string) => string;

/** A record with every text of its content changed; tokens and `meta` stay as they are. */
function mapTexts(record: DataRecord, change: Change): DataRecord {
  if (isInstance(record)) {
    const { id, meta, ...content } = record;
    return { ...(mapStrings(content, change) as typeof content), id, ...(meta ? { meta } : {}) };
  }
  if (!isConversation(record)) return record;
  return { ...record, messages: record.messages.map((message) => ofMessage(message, change)) };
}

function ofMessage(message: Message, change: Change): Message {
  const { content, tool_calls: calls } = message;
  const changed =
    typeof content === 'string'
      ? change(content)
      : content.map((part) => (part.type === 'text' ? { ...part, text: change(part.text) } : part));
  return {
    ...message,
    content: changed,
    ...(calls ? { tool_calls: mapStrings(calls, change) as typeof calls } : {}),
  };
}

function mapStrings(value: unknown, change: Change): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]),
  );
}
