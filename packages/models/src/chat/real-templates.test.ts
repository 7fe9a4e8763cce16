import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JinjaError } from '@tunesmith/jinja';
import { type Conversation, type Message, TunesmithError } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { byteTokenizer, specialTokens } from '../../test-support/byte-tokenizer.ts';
import { golden as goldenPath } from '../../test-support/fixtures.ts';
import { inCharacters } from '../../test-support/in-characters.ts';
import { createTokenizer } from '../tokenizer/create.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { renderChat, type RenderedChat } from './render.ts';
import { renderUnfinished } from './unfinished.ts';

interface Case {
  readonly messages: readonly Message[];
  readonly tools?: Conversation['tools'];
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly generationPrompt?: boolean;
  readonly continueFinal?: boolean;
}

interface Golden {
  readonly cases: Readonly<Record<string, Case>>;
  readonly templates: Readonly<Record<string, { readonly sha256: string }>>;
}

/** The folder that `goldens/make_chat_templates.py` was run on: templates that lie under licenses of their own. */
const folder = process.env['TUNESMITH_VOCABULARIES'];
const without =
  folder === undefined
    ? 'TUNESMITH_VOCABULARIES names no folder of tokenizers and templates'
    : existsSync(join(folder, 'templates/trl'))
      ? undefined
      : `${folder} holds no templates; make_chat_templates.py says where they are from`;

const golden = JSON.parse(readFileSync(goldenPath('chat-templates.golden.json'), 'utf8')) as Golden;
const now = new Date(2024, 6, 6, 15, 4, 5);

const read = (...path: string[]): string => readFileSync(join(folder!, ...path), 'utf8');
const readTemplate = (name: string): string => read('templates', `${name}.jinja`);

function withSpecials(specials: readonly string[]): Tokenizer {
  return byteTokenizer({
    tokenizer: { added_tokens: specialTokens(specials) },
    configuration: { bos_token: '<s>', eos_token: '</s>', pad_token: null },
  });
}

/** The tokenizer and template of `trl/qwen3`, `qwen3` (with a template of its own) or `qwen3 with trl/qwen3_training`. */
function setting(name: string): { tokenizer: Tokenizer; template?: string; real: boolean } {
  const [vocabulary, other] = name.split(' with ') as [string, string?];
  if (vocabulary.includes('/'))
    return {
      tokenizer: withSpecials(['<s>', '</s>']),
      template: readTemplate(name),
      real: false,
    };
  const json = (file: string) => JSON.parse(read(vocabulary, file)) as Record<string, unknown>;
  const tokenizer = createTokenizer({
    tokenizer: json('tokenizer.json'),
    configuration: json('tokenizer_config.json'),
  });
  return {
    tokenizer,
    real: true,
    ...(other === undefined ? {} : { template: readTemplate(other) }),
  };
}

const hasBlocks = (template: string | undefined): boolean =>
  /generation -?%\}/.test(template ?? '');

/** What a template says when it refuses; null where rendering fails otherwise, as in Python. */
function refusal(error: unknown): { refused: string | null } {
  if (!TunesmithError.is(error)) throw error;
  if (error.code === 'unsupported-chat-template') throw error;
  const own = error.cause instanceof JinjaError && error.cause.reason === 'refused';
  return { refused: own ? (error.cause as JinjaError).said : null };
}

/** `[start, end)` of spans in Unicode characters. */
function places(text: string, spans: RenderedChat['spans']): number[][] {
  return spans.map(({ start, end }) => inCharacters(text, [[start, end]]));
}

/** A row of `expected.jsonl`. */
function row({ tokenizer, template, real }: ReturnType<typeof setting>, one: Case): unknown {
  const options = { now, ...one, ...(template === undefined ? {} : { template }) };
  try {
    const unfinished = one.continueFinal
      ? renderUnfinished(tokenizer, one.messages, options)
      : undefined;
    const chat =
      unfinished === undefined ? renderChat(tokenizer, one.messages, options) : undefined;
    const text = unfinished ?? chat!.text;
    const spans = chat && hasBlocks(template) ? chat.spans : [];
    if (!real) return [text, places(text, spans)];
    const { ids, offsets } = tokenizer.encodeWithOffsets(text, { special: false });
    const inside = ([from, to]: readonly [number, number]): boolean =>
      spans.some(({ start, end }) => from < end && to > start);
    return [
      text,
      ids,
      chat && hasBlocks(template) ? offsets.map((place) => Number(inside(place))) : [],
    ];
  } catch (error) {
    return refusal(error);
  }
}

// One line says why all of them are left out.
if (without !== undefined) test('real templates', (context) => context.skip(without));
const describePresent = (name: string, tests: () => void): void => {
  if (without === undefined) describe(name, tests);
};

describePresent("texts, ids and masks are those of transformers' apply_chat_template", () => {
  test.for(Object.entries(golden.templates))('%s', { timeout: 300_000 }, ([name, wanted]) => {
    const given = setting(name);
    const rows = Object.values(golden.cases).map((one) => row(given, one));
    const digest = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
    expect(digest, `compare with ${join(folder!, 'templates/expected.jsonl')}`).toBe(wanted.sha256);
  });
});

const marked = Object.keys(golden.templates).filter(
  (name) =>
    /^trl\/.*_training$/.test(name) &&
    name.replace('_training', '') in golden.templates &&
    // Its blocks leave out the token that ends a call of a tool unless the conversation ends there.
    name !== 'trl/diffusion_gemma_training',
);

describePresent(
  'what is learned without generation blocks lies in the blocks of the same template with them',
  () => {
    test.for(marked)('%s', { timeout: 300_000 }, (name) => {
      const withBlocks = readTemplate(name);
      const template = readTemplate(name.replace('_training', ''));
      const markers =
        withBlocks.match(/<(?:[|｜][^<>\s'"{}]+|[^<>\s'"{}/]+[|｜]|(?:start|end)_of_\w+)>/g) ?? [];
      const tokenizer = withSpecials([
        ...new Set(['<s>', '</s>', '[INST]', '[/INST]', ...markers]),
      ]);
      for (const [title, one] of Object.entries(golden.cases)) {
        if (one.continueFinal) continue;
        const render = (source: string): RenderedChat | undefined => {
          try {
            return renderChat(tokenizer, one.messages, { ...one, now, template: source });
          } catch {
            return undefined;
          }
        };
        const [derived, blocks] = [render(template), render(withBlocks)];
        if (derived?.text !== blocks?.text || !derived || !blocks) continue;
        const learned = new Set(
          blocks.spans.flatMap(({ start, end }) =>
            Array.from({ length: end - start }, (_, k) => start + k),
          ),
        );
        const missed = derived.spans.filter(({ start, end }) =>
          Array.from({ length: end - start }, (_, k) => start + k).some((at) => !learned.has(at)),
        );
        expect(
          missed.map(({ start, end }) => derived.text.slice(start, end)),
          title,
        ).toEqual([]);
      }
    });
  },
);
