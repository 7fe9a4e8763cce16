import { isConversation, isInstance, type DataRecord, type Message } from '@tunesmith/schema';

/** What a record asks and what it answers, as text; undefined where it is tokens. */
export interface RecordText {
  /** All that is given: instruction and input, or every message but the assistant's. */
  readonly prompt: string;
  /** All that is to be learned: the output, or the assistant's messages. */
  readonly answer: string;
}

/** The texts of an instance or a conversation, parts joined by line breaks; undefined for tokens. */
export function textOf(record: DataRecord): RecordText | undefined {
  if (isInstance(record)) {
    const { instruction, input, output } = record;
    return { prompt: input ? `${instruction}\n${input}` : instruction, answer: output };
  }
  if (!isConversation(record)) return undefined;
  const of = (wanted: boolean): string =>
    record.messages
      .filter(({ role, train }) => (role === 'assistant' && train !== false) === wanted)
      .map(contentText)
      .join('\n');
  return { prompt: of(false), answer: of(true) };
}

/** The text of a message; images are left out. */
export function contentText({ content }: Message): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/** Words of a text: runs of characters without white space. */
export function countWords(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0;
}
