import { unsupportedGguf } from '../errors.ts';
import type { GgufFile } from '../open.ts';

/** What kinds of tokens a file tells apart. */
export const tokenKinds = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

/** The tokens of a file's metadata. */
export interface GgufVocabulary {
  readonly path: string;
  readonly tokens: readonly string[];
  /** Of each token, one of {@link tokenKinds}. */
  readonly kinds: ArrayLike<number>;
  /** A value `tokenizer.ggml.KEY` that is a text, a number or a truth value; undefined where it is another thing. */
  text(key: string): string | undefined;
  number(key: string): number | undefined;
  flag(key: string): boolean | undefined;
  /** A list of numbers. */
  numbers(key: string): ArrayLike<number> | undefined;
  texts(key: string): readonly string[] | undefined;
}

/**
 * Reads what `tokenizer.ggml.*` says.
 *
 * @throws `unsupported-gguf` where a list is missing or too short, or two ids have one token that is not empty
 */
export function readVocabulary({ path, metadata }: GgufFile): GgufVocabulary {
  const value = (key: string): unknown => metadata.get(`tokenizer.ggml.${key}`);
  const isText = (one: unknown): one is string => typeof one === 'string';
  const texts: GgufVocabulary['texts'] = (key) => {
    const list = value(key);
    return Array.isArray(list) && list.every(isText) ? list : undefined;
  };
  const numbers: GgufVocabulary['numbers'] = (key) => {
    const list = value(key);
    return ArrayBuffer.isView(list) ? (list as Int32Array) : undefined;
  };
  const stated = texts('tokens');
  if (!stated || stated.length === 0)
    throw unsupportedGguf(path, '"tokenizer.ggml.tokens" is no list of texts', undefined, 'tokens');
  // Several ids may have no text: nothing is cut into them. The names are llama.cpp's.
  const tokens = stated.map((token, id) => (token === '' ? `[EMPTY_${id}]` : token));
  const seen = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    const other = seen.get(token);
    if (other !== undefined)
      throw unsupportedGguf(
        path,
        `"tokenizer.ggml.tokens" has ${JSON.stringify(token)} twice, at ${other} and ${id}`,
        token,
        'each token once',
      );
    seen.set(token, id);
  }
  const kinds = numbers('token_type') ?? new Int32Array(tokens.length).fill(tokenKinds.normal);
  if (kinds.length !== tokens.length)
    throw unsupportedGguf(
      path,
      `"tokenizer.ggml.token_type" has ${kinds.length} elements`,
      kinds.length,
      `${tokens.length}, one for each token`,
    );
  const ofType =
    <T>(is: (one: unknown) => one is T) =>
    (key: string): T | undefined => {
      const one = value(key);
      return is(one) ? one : undefined;
    };
  return {
    path,
    tokens,
    kinds,
    text: ofType(isText),
    number: ofType((one): one is number => typeof one === 'number'),
    flag: ofType((one): one is boolean => typeof one === 'boolean'),
    numbers,
    texts,
  };
}
