import { unsupportedGguf } from '../errors.ts';
import { gpt2Expression } from '../../tokenizer/expression.ts';
import { readTokenModel } from '../../tokenizer/token-model.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { idRange } from '../../tokenizer/vocabulary.ts';
import { nameOfPreTokenizer } from '../tokenizer/pre-tokenizers.ts';
import { tokenKinds } from '../tokenizer/vocabulary.ts';
import type { WrittenValue } from './write-gguf.ts';

type Json = Readonly<Record<string, unknown>>;

/** A tokenizer's files, as far as they are written. */
export interface WrittenTokenizer {
  /** `tokenizer.json`. */
  readonly json: Json;
  readonly tokenizer: Tokenizer;
  /** Rows of the model's table: ids beyond the vocabulary get tokens that nothing is cut into. */
  readonly rows: number;
  /** Where it lies, for errors. */
  readonly path: string;
}

const partsOf = (part: unknown, key: string): readonly Json[] => {
  const json = part as Json | null | undefined;
  if (json === null || json === undefined) return [];
  return json['type'] === 'Sequence' ? (json[key] as Json[]) : [json];
};

/** Whether a part cuts where an expression matches, and leaves nothing out: such as end with blanks match all there is. */
const isCut = ({ behavior, invert }: Json, regex: string): boolean =>
  behavior === 'Isolated' ||
  (behavior === 'Removed' && invert === true && regex.endsWith(String.raw`|\s+`));

/** The expressions by which a byte-level pre-tokenizer cuts; undefined where it does something else. */
function expressionsOf(part: unknown): string[] | undefined {
  const found: string[] = [];
  const parts = partsOf(part, 'pretokenizers');
  for (const [i, one] of parts.entries()) {
    const regex = (one['pattern'] as Json | undefined)?.['Regex'];
    if (one['type'] === 'Digits' && one['individual_digits'] === true)
      found.push(String.raw`\p{N}`);
    else if (one['type'] === 'Split' && typeof regex === 'string' && isCut(one, regex))
      found.push(regex.replaceAll('\r', String.raw`\r`).replaceAll('\n', String.raw`\n`));
    else if (
      one['type'] === 'ByteLevel' &&
      i === parts.length - 1 &&
      one['add_prefix_space'] === false
    ) {
      if (one['use_regex'] !== false) found.push(gpt2Expression);
    } else return undefined;
  }
  return parts.at(-1)?.['type'] === 'ByteLevel' ? found : undefined;
}

/** Two tokens of a merge, in either spelling. */
const pairOf = (merge: unknown): [string, string] =>
  typeof merge === 'string' ? (merge.split(' ') as [string, string]) : (merge as [string, string]);

/** What follows from the kind of model. */
function modelMetadata(
  { json, path }: WrittenTokenizer,
  tokens: readonly string[],
): [string, WrittenValue][] {
  const model = json['model'] as Json;
  const refuse = (what: string): never => {
    throw unsupportedGguf(
      path,
      `tokenizer.json has ${what}, which GGUF has no word for here`,
      what,
      'byte-level BPE with a pre-tokenizer that llama.cpp knows, or SentencePiece BPE',
    );
  };
  if (model['type'] !== 'BPE') return refuse(`a model of the type ${String(model['type'])}`);
  const merges = (model['merges'] as unknown[]).map(pairOf);
  if (model['byte_fallback'] === true) {
    const normalizers = partsOf(json['normalizer'], 'normalizers');
    const [first] = partsOf(json['pre_tokenizer'], 'pretokenizers');
    const isPrefixed =
      normalizers.some(({ type }) => type === 'Prepend') ||
      (first?.['type'] === 'Metaspace' && first['prepend_scheme'] !== 'never');
    return [
      ['tokenizer.ggml.model', { type: 'string', value: 'llama' }],
      ['tokenizer.ggml.pre', { type: 'string', value: 'default' }],
      ['tokenizer.ggml.scores', { list: 'float32', values: scoresOf(tokens, merges) }],
      ['tokenizer.ggml.add_space_prefix', { type: 'bool', value: isPrefixed }],
    ];
  }
  const unnamed = partsOf(json['normalizer'], 'normalizers').find(({ type }) => type !== 'NFC');
  if (unnamed) return refuse(`a normalizer of the type ${String(unnamed['type'])}`);
  const expressions = expressionsOf(json['pre_tokenizer']);
  const pre = expressions && nameOf(expressions, model);
  if (pre === undefined) return refuse('a pre-tokenizer that llama.cpp has no name for');
  return [
    ['tokenizer.ggml.model', { type: 'string', value: 'gpt2' }],
    ['tokenizer.ggml.pre', { type: 'string', value: pre }],
    [
      'tokenizer.ggml.merges',
      { list: 'string', values: merges.map(([left, right]) => `${left} ${right}`) },
    ],
  ];
}

/** The name of a pre-tokenizer; whether words are looked up whole does not matter where merges make every token. */
function nameOf(expressions: readonly string[], model: Json): string | undefined {
  const isWhole = model['ignore_merges'] === true;
  const name = nameOfPreTokenizer(expressions, isWhole);
  const other = name === undefined ? nameOfPreTokenizer(expressions, !isWhole) : undefined;
  return other !== undefined && isMadeByMerges(model) ? other : name;
}

function isMadeByMerges(model: Json): boolean {
  const part = { path: 'model', json: { ...model, ignore_merges: false } };
  const { ids, encode } = readTokenModel(part, idRange(undefined));
  return Array.from(ids).every(([token, id]) => {
    const made = encode(token);
    return made.length === 1 && made[0] === id;
  });
}

/** Scores by which merging goes in the order of the list: the sooner a token can be made, the higher. */
function scoresOf(
  tokens: readonly string[],
  merges: readonly (readonly [string, string])[],
): number[] {
  const ranks = new Map<string, number>();
  for (const [rank, [left, right]] of merges.entries()) {
    const token = left + right;
    if (!ranks.has(token)) ranks.set(token, rank);
  }
  return tokens.map((token) => -(ranks.get(token) ?? merges.length) - 1);
}

/**
 * `tokenizer.ggml.*` and the chat template of a tokenizer.
 *
 * @throws `unsupported-gguf` for a tokenizer that llama.cpp could not follow, naming the part
 */
export function tokenizerMetadata(written: WrittenTokenizer): Map<string, WrittenValue> {
  const { json, tokenizer, rows } = written;
  const added = new Map(
    ((json['added_tokens'] ?? []) as Json[]).map((token) => [token['id'] as number, token]),
  );
  const unknown = (json['model'] as Json)['unk_token'];
  const tokens = Array.from(
    { length: Math.max(rows, tokenizer.vocabularySize) },
    (_, id) => tokenizer.token(id) ?? `[PAD${id}]`,
  );
  const kinds = tokens.map((token, id) => {
    if (tokenizer.token(id) === undefined) return tokenKinds.unused;
    if (token === unknown) return tokenKinds.unknown;
    const own = added.get(id);
    if (own || tokenizer.isSpecial(id))
      return tokenizer.isSpecial(id) ? tokenKinds.control : tokenKinds.userDefined;
    return /^<0x[0-9A-F]{2}>$/.test(token) ? tokenKinds.byte : tokenKinds.normal;
  });
  const unknownId = typeof unknown === 'string' ? tokens.indexOf(unknown) : -1;
  const ids = {
    bos: tokenizer.bos,
    eos: tokenizer.eos,
    unknown: unknownId === -1 ? undefined : unknownId,
    padding: tokenizer.pad,
    mask: tokenizer.mask,
    eot: tokenizer.endIds.find((id) => id !== tokenizer.eos),
  };
  return new Map<string, WrittenValue>([
    ...modelMetadata(written, tokens),
    ['tokenizer.ggml.tokens', { list: 'string', values: tokens }],
    ['tokenizer.ggml.token_type', { list: 'int32', values: kinds }],
    ...Object.entries(ids).flatMap(([kind, value]): [string, WrittenValue][] =>
      value === undefined ? [] : [[`tokenizer.ggml.${kind}_token_id`, { type: 'uint32', value }]],
    ),
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: tokenizer.addsBos }],
    ['tokenizer.ggml.add_eos_token', { type: 'bool', value: tokenizer.addsEos }],
    ...(tokenizer.chatTemplate === undefined
      ? []
      : [
          ['tokenizer.chat_template', { type: 'string', value: tokenizer.chatTemplate }] as [
            string,
            WrittenValue,
          ],
        ]),
  ]);
}
