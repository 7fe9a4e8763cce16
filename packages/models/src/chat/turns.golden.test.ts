import { readFileSync } from 'node:fs';
import type { Conversation, Message } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { byteTokenizer, specialTokens } from '../../test-support/byte-tokenizer.ts';
import { golden } from '../../test-support/fixtures.ts';
import { renderChat } from './render.ts';

interface Goldens {
  readonly specials: readonly string[];
  readonly families: Readonly<
    Record<string, { template: string; bos: string | null; eos: string; end: string }>
  >;
  readonly cases: readonly {
    readonly family: string;
    readonly name: string;
    readonly messages: readonly Message[];
    readonly tools: NonNullable<Conversation['tools']> | null;
    readonly refused?: string;
    readonly text: string;
    readonly learned: readonly string[];
  }[];
}

const { specials, families, cases } = JSON.parse(
  readFileSync(golden('turns.golden.json'), 'utf8'),
) as Goldens;

function tokenizerOf(family: string): ReturnType<typeof byteTokenizer> {
  const { template, bos, eos } = families[family]!;
  return byteTokenizer({
    configuration: { chat_template: template, bos_token: bos, eos_token: eos, pad_token: null },
    tokenizer: { added_tokens: specialTokens(specials) },
  });
}

test.for(cases.map((one) => ({ ...one, title: `${one.name}${one.tools ? ', with tools' : ''}` })))(
  '$family: $title',
  ({ family, messages, tools, refused, text, learned }) => {
    const render = () => renderChat(tokenizerOf(family), messages, tools ? { tools } : {});
    if (refused !== undefined) {
      expect(render).toThrow(refused);
      return;
    }
    const chat = render();
    expect(chat.text).toBe(text);
    expect(chat.spans.map(({ start, end }) => text.slice(start, end))).toEqual(learned);
    expect(chat.endOfTurn).toBe(families[family]!.end);
  },
);
