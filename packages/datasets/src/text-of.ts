import {
  isConversation,
  isInstance,
  isTokenized,
  type DataRecord,
  type Message,
} from '@tunesmith/schema';

/** What a record asks and what it answers, as text; undefined where it is tokens. */
export interface RecordText {
  /** All that is given: system prompt, instructions and input, or every message but those that are learned. */
  readonly prompt: string;
  /** All that is to be learned: the outputs, or the assistant's messages with their calls of tools. */
  readonly answer: string;
}

/** The texts of an instance or a conversation, parts joined by line breaks; undefined for tokens. */
export function textOf(record: DataRecord): RecordText | undefined {
  if (isInstance(record)) {
    const { system, history = [], instruction, input, output } = record;
    const given = [system, ...history.map((exchange) => exchange.instruction), instruction, input];
    return {
      prompt: given.filter((text) => text !== undefined && text !== '').join('\n'),
      answer: [...history.map((exchange) => exchange.output), output].join('\n'),
    };
  }
  if (!isConversation(record)) return undefined;
  const of = (wanted: boolean): string =>
    record.messages
      .filter((message) => isLearned(message) === wanted)
      .map(saidText)
      .join('\n');
  return { prompt: of(false), answer: of(true) };
}

/** Whether an answer that is to be learned has no text and calls no tools, so that only its end would be. */
export function hasEmptyAnswer(record: DataRecord): boolean {
  if (isTokenized(record)) return false;
  const answers = isInstance(record)
    ? [record.output, ...(record.history ?? []).map(({ output }) => output)]
    : record.messages.filter(isLearned).map(saidText);
  return answers.some((answer) => answer.trim() === '');
}

/** Whether the loss covers a message. */
export function isLearned({ role, train }: Message): boolean {
  return train ?? role === 'assistant';
}

/** The text of a message; images are left out. */
export function contentText({ content }: Message): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/** The text of a message and, as JSON, the tools that it calls. */
function saidText(message: Message): string {
  const calls = (message.tool_calls ?? []).map((call) => JSON.stringify(call.function));
  return [contentText(message), ...calls].filter((text) => text !== '').join('\n');
}

/** Words of a text: runs of characters without white space. */
export function countWords(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0;
}
