import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { modelsError } from '../errors.ts';
import { findSpecialTokens } from './special-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';

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

/** Distinct words whose tokens are remembered. Words repeat: on running text nearly all of them are found again. */
const rememberedWords = 200_000;

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
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
 * Makes a tokenizer from its parsed files.
 *
 * @throws `unsupported-tokenizer`, `unknown-special-token`
 */
export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const inner = open(files);
  const words = (inner.model as { cache?: { capacity?: number } } | null)?.cache;
  if (words && typeof words.capacity === 'number') words.capacity = rememberedWords;

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

  const encodePlain = (text: string, withSpecial: boolean): number[] => {
    if (text === '' && !withSpecial) return [];
    const { ids, tokens } = inner.encode(text, { add_special_tokens: withSpecial });
    const unknown = ids.findIndex((one) => one === undefined);
    if (unknown >= 0) {
      throw modelsError({
        code: 'text-not-encodable',
        message: `the vocabulary has no token for ${JSON.stringify(tokens[unknown])}`,
        value: tokens[unknown],
      });
    }
    return ids;
  };

  // What the tokenizer's own rules put around a text, unless its configuration overrules them.
  const around = encodePlain('a', true);
  const alone = encodePlain('a', false);
  const wants = (key: string, does: boolean): boolean =>
    typeof configuration[key] === 'boolean' ? (configuration[key] as boolean) : does;
  const ruleAddsBos =
    special.bos !== undefined && around[0] === special.bos && alone[0] !== special.bos;
  const ruleAddsEos =
    special.eos !== undefined && around.at(-1) === special.eos && alone.at(-1) !== special.eos;
  const addsBos = special.bos !== undefined && wants('add_bos_token', ruleAddsBos);
  const addsEos = special.eos !== undefined && wants('add_eos_token', ruleAddsEos);

  const template = files.chatTemplate ?? configuredTemplate(configuration['chat_template']);
  return {
    ...special,
    vocabularySize,
    addsBos,
    addsEos,
    ...(template === undefined ? {} : { chatTemplate: template }),
    id,
    token: (tokenId) => inner.id_to_token(tokenId),
    isSpecial: (tokenId) => specialIds.has(tokenId),
    encode(text, { special: withSpecial = true } = {}) {
      if (!withSpecial) return encodePlain(text, false);
      let ids = encodePlain(text, true);
      if (ruleAddsBos && !addsBos) ids = ids.slice(1);
      if (ruleAddsEos && !addsEos) ids = ids.slice(0, -1);
      if (addsBos && !ruleAddsBos) ids = [special.bos!, ...ids];
      if (addsEos && !ruleAddsEos) ids = [...ids, special.eos!];
      return ids;
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
