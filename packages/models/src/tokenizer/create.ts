import { modelsError } from '../errors.ts';
import { readGenerationDefaults } from '../generation/defaults.ts';
import { createDecoder } from './decoders.ts';
import { optionalPart, shown } from './json.ts';
import { asLlamaTokenizer } from './llama-class.ts';
import { createPieceEncoder } from './pieces.ts';
import { readSurroundings, type Surroundings } from './post-processor.ts';
import { findSpecialTokens, type SpecialTokens } from './special-tokens.ts';
import { readTrimming } from './trim-offsets.ts';
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

/**
 * The chat templates of `tokenizer_config.json`: one text, or several of which `default` is for chatting and `tool_use` for
 * chatting with tools.
 *
 * @throws `invalid-chat-template` where it is something else
 */
function configuredTemplates(value: unknown): Pick<Tokenizer, 'chatTemplate' | 'toolTemplate'> {
  if (value === undefined || value === null) return {};
  const list = (typeof value === 'string' ? [{ template: value }] : value) as unknown;
  const named = Array.isArray(list)
    ? (list as ({ name?: unknown; template?: unknown } | null)[])
    : [];
  const template = (named.find((one) => one?.name === 'default') ?? named[0])?.template;
  const forTools = named.find((one) => one?.name === 'tool_use')?.template;
  if (typeof template === 'string')
    return {
      chatTemplate: template,
      ...(typeof forTools === 'string' ? { toolTemplate: forTools } : {}),
    };
  throw modelsError({
    code: 'invalid-chat-template',
    message: `tokenizer_config.json: chat_template is ${shown(value)}`,
    value,
    accepted: 'a text, or a list of { "name", "template" }',
  });
}

/**
 * What a tokenizer's rules put before and after a text. `add_bos_token` and `add_eos_token` of its configuration, where
 * they are there, overrule its `tokenizer.json`.
 */
function surroundings(
  rules: Surroundings,
  configuration: Readonly<Record<string, unknown>>,
  { bos, eos }: SpecialTokens,
): Surroundings {
  let { before, after } = rules;
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
 * Makes a tokenizer from its parsed files. Everything in `tokenizer.json` is read and checked here, once; where the
 * model's `config.json` is there, ids must lie within its embedding.
 *
 * @throws `invalid-tokenizer` for ids, merges, scores and settings that cannot be; `unsupported-tokenizer` for a type of
 * model, normalizer, pre-tokenizer, post-processor or decoder that is not known, naming those that are;
 * `invalid-pattern`; `unknown-special-token`; `invalid-chat-template`
 */
export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const configuration = files.configuration ?? {};
  const json = asLlamaTokenizer(files.tokenizer, configuration, files.model);
  const file = { path: 'tokenizer', json };
  const { ids, tokens, written, added, encodePieces, locate } = createPieceEncoder(
    file,
    files.model,
  );
  const decoderPart = optionalPart(file.json['decoder'], 'decoder');
  const decode = decoderPart ? createDecoder(decoderPart) : undefined;
  const tokenOf = (id: number): string | undefined => tokens.get(id);
  const processor = optionalPart(file.json['post_processor'], 'post_processor');
  const rules = processor ? readSurroundings(processor, tokenOf) : { before: [], after: [] };

  const trims = processor ? readTrimming(processor) : [];

  const vocabularySize = 1 + [...tokens.keys()].reduce((most, id) => Math.max(most, id), -1);
  const special = findSpecialTokens(
    {
      named: [configuration, files.specialTokens ?? {}],
      numbered: [
        { file: 'generation_config.json', json: files.generation ?? {} },
        { file: 'config.json', json: files.model ?? {} },
      ],
    },
    (token) => ids.get(token),
  );
  const specialIds = new Set(added.filter((token) => token.special).map((token) => token.id));
  for (const known of [special.bos, special.eos, special.pad, special.mask])
    if (known !== undefined) specialIds.add(known);
  /** As in `tokenizers`: a special token that normalizing changes is written in its other form, and stays. */
  const isLeftOut = (id: number): boolean =>
    specialIds.has(id) && written.get(id) === tokens.get(id);
  const { before, after } = surroundings(rules, configuration, special);

  return {
    ...special,
    vocabularySize,
    generation: readGenerationDefaults(files.generation ?? {}),
    addsBos: special.bos !== undefined && before.includes(special.bos),
    addsEos: special.eos !== undefined && after.includes(special.eos),
    ...(files.chatTemplate === undefined
      ? configuredTemplates(configuration['chat_template'])
      : { chatTemplate: files.chatTemplate }),
    id: (token) => ids.get(token),
    token: tokenOf,
    isSpecial: (tokenId) => specialIds.has(tokenId),
    encode(text, { special: withSpecial = true } = {}) {
      const [encoded = []] = encodePieces(text, []);
      return withSpecial && before.length + after.length > 0
        ? [...before, ...encoded, ...after]
        : encoded;
    },
    encodeWithOffsets(text, { special: withSpecial = true } = {}) {
      const located = locate(text);
      const offsets = located.map(({ token, place }, index) =>
        trims.reduce((now, trim) => trim(token, now, index, text), place),
      );
      const inside = { ids: located.map(({ id }) => id), offsets };
      if (!withSpecial) return inside;
      const nowhere = (around: readonly number[]) => around.map(() => [0, 0] as const);
      return {
        ids: [...before, ...inside.ids, ...after],
        offsets: [...nowhere(before), ...offsets, ...nowhere(after)],
      };
    },
    encodePieces,
    decode(wanted, { skipSpecial = false } = {}) {
      const unknown = wanted.find((one) => !tokens.has(one));
      if (unknown !== undefined) {
        throw modelsError({
          code: 'unknown-token-id',
          message: `token id ${unknown} is not in the vocabulary`,
          value: unknown,
          accepted: `0 to ${vocabularySize - 1}`,
        });
      }
      const kept = skipSpecial ? wanted.filter((one) => !isLeftOut(one)) : wanted;
      const pieces = kept.map((one) => written.get(one)!);
      return decode ? decode(pieces).join('') : pieces.join(' ');
    },
  };
}
