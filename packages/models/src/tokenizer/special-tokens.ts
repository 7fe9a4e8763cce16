import { modelsError } from '../errors.ts';

/** The special tokens of a model and the ids that end its generations. */
export interface SpecialTokens {
  readonly bos?: number;
  readonly eos?: number;
  readonly pad?: number;
  readonly mask?: number;
  readonly endIds: readonly number[];
}

/** The files that name special tokens, most telling first. */
export interface SpecialTokenSources {
  /** `tokenizer_config.json` and `special_tokens_map.json`: tokens by their text. */
  readonly named: readonly Readonly<Record<string, unknown>>[];
  /** `generation_config.json` and `config.json`: tokens by their id. */
  readonly numbered: readonly {
    readonly file: string;
    readonly json: Readonly<Record<string, unknown>>;
  }[];
}

/** The text of a token that is written as a string or as `{ content }`. */
export function tokenText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const content = (value as { content?: unknown } | null | undefined)?.content;
  return typeof content === 'string' ? content : undefined;
}

/** The ids that a file gives under a key. Some files write -1 for none. */
function idsOf({ file, json }: SpecialTokenSources['numbered'][number], key: string): number[] {
  const value = json[key];
  const ids = [value].flat().filter((id) => id !== undefined && id !== null && id !== -1);
  const isId = (id: unknown): id is number => Number.isSafeInteger(id) && Number(id) >= 0;
  if (ids.every(isId)) return ids;
  throw modelsError({
    code: 'invalid-special-token',
    message: `${file}: ${key} is ${JSON.stringify(value)}`,
    value,
    accepted: 'a whole number, 0 or more, or a list of them',
  });
}

/**
 * Finds the special tokens of a model.
 *
 * A token named by the tokenizer's files wins over an id in the model's files; the end ids of the generation
 * configuration end a generation in place of those of the model's.
 *
 * @param sources the parsed files
 * @param idOf the vocabulary
 * @throws `unknown-special-token` where a named token is not in the vocabulary, `invalid-special-token` where an id is none
 */
export function findSpecialTokens(
  sources: SpecialTokenSources,
  idOf: (token: string) => number | undefined,
): SpecialTokens {
  const find = (kind: 'bos' | 'eos' | 'pad' | 'mask'): number | undefined => {
    for (const file of sources.named) {
      const text = tokenText(file[`${kind}_token`]);
      if (text === undefined) continue;
      const id = idOf(text);
      if (id === undefined) {
        throw modelsError({
          code: 'unknown-special-token',
          message: `the tokenizer's ${kind}_token "${text}" is not in its vocabulary`,
          value: text,
        });
      }
      return id;
    }
    return sources.numbered.flatMap((file) => idsOf(file, `${kind}_token_id`))[0];
  };

  const bos = find('bos');
  const eos = find('eos');
  const pad = find('pad');
  const mask = find('mask');
  const ends = new Set(eos === undefined ? [] : [eos]);
  const [numbered = []] = sources.numbered
    .map((file) => idsOf(file, 'eos_token_id'))
    .filter((found) => found.length > 0);
  for (const id of numbered) ends.add(id);
  return {
    ...(bos === undefined ? {} : { bos }),
    ...(eos === undefined ? {} : { eos }),
    ...(pad === undefined ? {} : { pad }),
    ...(mask === undefined ? {} : { mask }),
    endIds: [...ends],
  };
}
