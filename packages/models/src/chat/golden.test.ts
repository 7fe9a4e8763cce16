import { readFileSync } from 'node:fs';
import type { Message } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { byteTokenizer } from '../../test-support/byte-tokenizer.ts';
import { golden } from '../../test-support/fixtures.ts';
import { renderChat } from './render.ts';

interface GoldenChat {
  readonly name: string;
  readonly template: string;
  readonly messages: readonly Message[];
  readonly generationPrompt: boolean;
  readonly text: string;
  /** Characters of the generation blocks; null where the template has none. */
  readonly spans: readonly (readonly [number, number])[] | null;
}

const chats = JSON.parse(readFileSync(golden('chat.golden.json'), 'utf8')) as readonly GoldenChat[];

test.for(chats)('renders like transformers: $name, prompt $generationPrompt', (chat) => {
  const { text, spans } = renderChat(byteTokenizer(), chat.messages, chat);
  expect(text).toBe(chat.text);
  if (chat.spans) expect(spans.map(({ start, end }) => [start, end])).toEqual(chat.spans);
});
