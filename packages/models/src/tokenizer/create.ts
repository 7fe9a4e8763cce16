import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { modelsError } from '../errors.ts';
import { findSpecialTokens, type SpecialTokens } from './special-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';
import { createWordEncoder, type AddedToken, type EncodeText } from './words.ts';

/** The parsed files of a tokenizer; only `tokenizer` is necessary. */
export interface TokenizerFiles {
  /** `tokenizer.json`. */
  readonly tokenizer: Readonly<Record<string, unknown>>;
  /** `tokenizer_config.json`. */
  readonly configuration?: Readonly<Record<string, unknown>> | undefined;
  /** `special_tokens_map.json`. */
  readonly specialTokens?: Readonly<Record<string, unknown>> | undefined;
  /** `generation_config.json`. */
  readonly generation?: Readonly<Record<string, unknown>> | undefined;
  /** The model's `config.json`. */
  readonly model?: Readonly<Record<string, unknown>> | undefined;
  /** `chat_template.jinja`. */
  readonly chatTemplate?: string | undefined;
}

/** The chat template of `tokenizer_config.json`: one text, or several of which `default` is for chatting. */
function configuredTemplate(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const named = value as { name?: unknown; template?: unknown }[];
  const chosen = named.find((one) => one.name === 'default') ?? named[0];
  return typeof chosen?.template === 'string' ? chosen.template : undefined;
}

function open(files: TokenizerFiles): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(files.tokenizer, files.configuration ?? {});
  } catch (cause) {
    throw modelsError({
      code: 'unsupported-tokenizer',
      message: `tokenizer.json cannot be used: ${(cause as Error).message}`,
      cause,
    });
  }
}

/**
 * What a tokenizer's rules put before and after a text. `add_bos_token` and `add_eos_token` of its configuration, where
 * they are there, overrule its `tokenizer.json`.
 */
function surroundings(
  inner: HuggingFaceTokenizer,
  configuration: Readonly<Record<string, unknown>>,
  { bos, eos }: SpecialTokens,
): { before: number[]; after: number[] } {
  const whole = inner.encode('a').ids;
  const alone = inner.encode('a', { add_special_tokens: false }).ids;
  const start = whole.findIndex((_, i) => alone.every((id, j) => whole[i + j] === id));
  let before = whole.slice(0, start);
  let after = whole.slice(start + alone.length);
  const asked = (key: string): unknown => configuration[key];
  if (bos !== undefined && asked('add_bos_token') === false)
    before = before.filter((id) => id !== bos);
  if (bos !== undefined && asked('add_bos_token') === true && !before.includes(bos))
    before = [bos, ...before];
  if (eos !== undefined && asked('add_eos_token') === false)
    after = after.filter((id) => id !== eos);
  if (eos !== undefined && asked('add_eos_token') === true && !after.includes(eos))
    after = [...after, eos];
  return { before, after };
}

/**
 * Makes a tokenizer from its parsed files.
 *
 * @throws `unsupported-tokenizer`, `unknown-special-token`
 */
export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const inner = open(files);
  const added = (files.tokenizer['added_tokens'] ?? []) as readonly AddedToken[];
  const specialIds = new Set(
    added.filter((token) => token.special === true).map((token) => token.id),
  );
  const vocabularySize = inner.model!.vocab.length;
  const id = (token: string): number | undefined => inner.token_to_id(token);
  const configuration = files.configuration ?? {};
  const special = findSpecialTokens(
    {
      named: [configuration, files.specialTokens ?? {}],
      numbered: [files.generation ?? {}, files.model ?? {}],
    },
    id,
  );
  for (const known of [special.bos, special.eos, special.pad])
    if (known !== undefined) specialIds.add(known);

  const viaLibrary: EncodeText = (text) =>
    text === '' ? [] : inner.encode(text, { add_special_tokens: false }).ids;
  const encodeText = createWordEncoder(inner, added, configuration) ?? viaLibrary;
  const encodePlain = (text: string): number[] => {
    const ids = encodeText(text);
    if (ids.includes(undefined)) {
      throw modelsError({
        code: 'text-not-encodable',
        message: `the vocabulary has no tokens for a part of ${JSON.stringify(text.slice(0, 80))}`,
        value: text,
      });
    }
    return ids as number[];
  };
  const { before, after } = surroundings(inner, configuration, special);

  const template = files.chatTemplate ?? configuredTemplate(configuration['chat_template']);
  return {
    ...special,
    vocabularySize,
    addsBos: special.bos !== undefined && before.includes(special.bos),
    addsEos: special.eos !== undefined && after.includes(special.eos),
    ...(template === undefined ? {} : { chatTemplate: template }),
    id,
    token: (tokenId) => inner.id_to_token(tokenId),
    isSpecial: (tokenId) => specialIds.has(tokenId),
    encode(text, { special: withSpecial = true } = {}) {
      const ids = encodePlain(text);
      return withSpecial && before.length + after.length > 0
        ? [...before, ...ids, ...after]
        : [...ids];
    },
    decode(ids, { skipSpecial = false } = {}) {
      const unknown = ids.find((one) => inner.id_to_token(one) === undefined);
      if (unknown !== undefined) {
        throw modelsError({
          code: 'unknown-token-id',
          message: `token id ${unknown} is not in the vocabulary`,
          value: unknown,
          accepted: `0 to ${vocabularySize - 1}`,
        });
      }
      const kept = skipSpecial ? ids.filter((one) => !specialIds.has(one)) : [...ids];
      return kept.length === 0 ? '' : inner.decode(kept, { clean_up_tokenization_spaces: false });
    },
  };
}
