import { namedPreTokenizer, preTokenizerPart } from './pre-tokenizers.ts';
import { tokenKinds, type GgufVocabulary } from './vocabulary.ts';
import { sentencePieceDecoder } from '../../tokenizer/llama-class.ts';
import { unsupportedGguf } from '../errors.ts';

/** The parts of `tokenizer.json` that follow from the kind of model, and what a text begins and ends with. */
export interface TokenizerParts {
  readonly model: object;
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly decoder: object;
  /** Whether texts begin with `bos` and end with `eos` where the file does not say. */
  readonly adds: { readonly bos: boolean; readonly eos: boolean };
  /** The tokens as the model writes them, where the file writes them otherwise. */
  readonly tokens?: readonly string[];
  /** The ids of special tokens that the file does not name: those that llama.cpp takes for granted. */
  readonly usual?: Readonly<Record<string, number>>;
  /** Which special tokens stand there, where they are not those called `bos` and `eos`. */
  readonly around?: { readonly bos: string; readonly eos: string };
}

const idsByToken = (tokens: readonly string[]): object =>
  Object.fromEntries(tokens.map((token, id) => [token, id]));

/** Byte-level BPE, which files call `gpt2`. */
function byteLevel(vocabulary: GgufVocabulary): TokenizerParts {
  const { path, tokens } = vocabulary;
  const merges = vocabulary.texts('merges');
  if (!merges)
    throw unsupportedGguf(path, '"tokenizer.ggml.merges" is no list of texts', undefined, 'merges');
  const pre = namedPreTokenizer(path, vocabulary.text('pre'));
  return {
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: pre.wholeWords === true,
      vocab: idsByToken(tokens),
      merges: merges.map((merge) => {
        // A token may itself begin with a space.
        const at = merge.indexOf(' ', 1);
        return [merge.slice(0, at), merge.slice(at + 1)];
      }),
    },
    normalizer: null,
    pre_tokenizer: preTokenizerPart(pre.expressions),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    adds: { bos: pre.addsBos === true, eos: false },
  };
}

/** The scores of all tokens. */
function scoresOf(vocabulary: GgufVocabulary): ArrayLike<number> {
  const scores = vocabulary.numbers('scores');
  if (scores?.length === vocabulary.tokens.length) return scores;
  throw unsupportedGguf(
    vocabulary.path,
    `"tokenizer.ggml.scores" has ${scores?.length ?? 'no'} elements`,
    scores?.length,
    `${vocabulary.tokens.length}, one for each token`,
  );
}

/**
 * The merges of a vocabulary with scores: every way to put a token together from two others, best score first. Of those of
 * one token the order does not matter.
 */
function mergesOfScores(vocabulary: GgufVocabulary): [string, string][] {
  const { tokens, kinds } = vocabulary;
  const scores = scoresOf(vocabulary);
  const isPiece = (id: number): boolean =>
    kinds[id] === tokenKinds.normal || kinds[id] === tokenKinds.userDefined;
  const pieces = new Set(tokens.filter((_, id) => isPiece(id)));
  const merges: [score: number, left: string, right: string][] = [];
  for (const [id, token] of tokens.entries()) {
    if (!isPiece(id)) continue;
    const characters = Array.from(token);
    let left = '';
    for (const character of characters.slice(0, -1)) {
      left += character;
      const right = token.slice(left.length);
      if (pieces.has(left) && pieces.has(right)) merges.push([scores[id]!, left, right]);
    }
  }
  return merges.sort(([one], [other]) => other - one).map(([, left, right]) => [left, right]);
}

/** SentencePiece's BPE, which files call `llama`: spaces are `▁`, and what the vocabulary lacks is written as bytes. */
function sentencePiece(vocabulary: GgufVocabulary): TokenizerParts {
  const isPrefixed = vocabulary.flag('add_space_prefix') ?? true;
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const unknown = vocabulary.number('unknown_token_id') ?? 0;
  return {
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: vocabulary.tokens[unknown] ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: idsByToken(vocabulary.tokens),
      merges: mergesOfScores(vocabulary),
    },
    normalizer: isPrefixed
      ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, spaces] }
      : spaces,
    pre_tokenizer: null,
    decoder: sentencePieceDecoder(isPrefixed),
    adds: { bos: true, eos: false },
    usual: { bos: 1, eos: 2, unknown: 0 },
  };
}

/** SentencePiece's Unigram, which files call `t5`. */
function unigram(vocabulary: GgufVocabulary): TokenizerParts {
  const scores = scoresOf(vocabulary);
  const map = vocabulary.numbers('precompiled_charsmap');
  const single = vocabulary.flag('remove_extra_whitespaces') ?? true;
  const isPrefixed = vocabulary.flag('add_space_prefix') ?? true;
  // Where spaces are joined each word has one before it, the first one too; else one is written before those that are there.
  const scheme = single ? 'always' : 'never';
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: scheme, split: true };
  const normalizers = [
    ...(map && map.length > 0
      ? [{ type: 'Precompiled', precompiled_charsmap: base64(Uint8Array.from(map)) }]
      : []),
    ...(single
      ? [
          { type: 'Strip', strip_left: false, strip_right: true },
          { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' },
        ]
      : []),
    ...(!single && isPrefixed ? [{ type: 'Prepend', prepend: '▁' }] : []),
  ];
  return {
    model: {
      type: 'Unigram',
      unk_id: vocabulary.number('unknown_token_id') ?? 2,
      vocab: vocabulary.tokens.map((token, id) => [token, scores[id]!]),
      byte_fallback: false,
    },
    normalizer: normalizers.length > 0 ? { type: 'Sequence', normalizers } : null,
    pre_tokenizer: metaspace,
    decoder: single ? metaspace : sentencePieceDecoder(isPrefixed),
    adds: { bos: false, eos: true },
    usual: { eos: 1, unknown: 2, padding: 0 },
  };
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/**
 * WordPiece, which files call `bert`: the first piece of a word is written with `▁`, the others as they are. Case and accents are
 * taken away unless the file says otherwise.
 */
function wordPiece(vocabulary: GgufVocabulary): TokenizerParts {
  const { tokens, kinds } = vocabulary;
  const lowercase = vocabulary.flag('normalizer.lowercase') ?? true;
  const whole = tokens.map((token, id) => {
    const isControl = kinds[id] === tokenKinds.control || /^\[.*\]$/.test(token);
    if (isControl) return token;
    return token.startsWith('▁') ? token.slice(1) : `##${token}`;
  });
  const unknown = vocabulary.number('unknown_token_id') ?? whole.indexOf('[UNK]');
  return {
    model: {
      type: 'WordPiece',
      unk_token: whole[unknown] ?? '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: idsByToken(whole),
    },
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: vocabulary.flag('normalizer.strip_accents') ?? lowercase,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    adds: { bos: true, eos: true },
    usual: { bos: 101, unknown: 100, seperator: 102, padding: 0, mask: 103 },
    tokens: whole,
    around: { bos: 'cls', eos: 'seperator' },
  };
}

const kinds: Readonly<Record<string, (vocabulary: GgufVocabulary) => TokenizerParts>> = {
  gpt2: byteLevel,
  llama: sentencePiece,
  t5: unigram,
  bert: wordPiece,
};

/** The parts that follow from `tokenizer.ggml.model`. @throws `unsupported-gguf` for one that is not read */
export function tokenizerParts(vocabulary: GgufVocabulary): TokenizerParts {
  const name = vocabulary.text('model') ?? '';
  if (Object.hasOwn(kinds, name)) return kinds[name]!(vocabulary);
  throw unsupportedGguf(
    vocabulary.path,
    `"tokenizer.ggml.model" is "${name}", a kind of tokenizer that is not read`,
    name,
    Object.keys(kinds),
  );
}
