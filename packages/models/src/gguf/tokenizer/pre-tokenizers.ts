import { nearest } from '@tunesmith/schema';
import { gpt2Expression } from '../../tokenizer/expression.ts';
import { unsupportedGguf } from '../errors.ts';

/** A pre-tokenizer that a file names: expressions, each of which cuts what those before it have left. */
export interface NamedPreTokenizer {
  readonly expressions: readonly string[];
  /** A word that is a token as a whole is that token, whatever the merges say. */
  readonly wholeWords?: true;
  /** A text begins with the beginning-of-sequence token, unless the file says otherwise. */
  readonly addsBos?: true;
}

const contractions = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)`;
const ends = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const marks = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*`;
/** Words with what stands before them, numbers of so many digits, marks, ends of lines. */
const words = (digits: string): string =>
  String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}|${marks}|${ends}`;

/** Words that begin with capitals or have none, as GPT-4o and Mistral's Tekken cut them. */
const cased = (after: string, digits: string): string => {
  const before = String.raw`[^\r\n\p{L}\p{N}]?`;
  const [upper, lower] = [
    String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`,
    String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`,
  ];
  return String.raw`${before}${upper}*${lower}+${after}|${before}${upper}+${lower}*${after}|${digits}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${ends}`;
};

const digit = String.raw`\p{N}`;
const threeDigits = String.raw`\p{N}{1,3}`;
const gpt2: NamedPreTokenizer = { expressions: [gpt2Expression] };
const starcoder: NamedPreTokenizer = { expressions: [digit, gpt2Expression] };
const llama3: NamedPreTokenizer = { expressions: [words(threeDigits)] };
const qwen2: NamedPreTokenizer = { expressions: [words(digit)] };
const llama3Whole: NamedPreTokenizer = { ...llama3, wholeWords: true, addsBos: true };
const gpt4o: NamedPreTokenizer = { expressions: [cased(`${contractions}?`, threeDigits)] };
const qwen35: NamedPreTokenizer = {
  expressions: [
    String.raw`${contractions}|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|${digit}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|${ends}`,
  ],
};
const deepseekV3: NamedPreTokenizer = {
  expressions: [
    threeDigits,
    '[一-龥぀-ゟ゠-ヿ]+',
    String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_${'`'}{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|${ends}`,
  ],
};
const bailingmoe: NamedPreTokenizer = {
  expressions: [
    String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|${digit}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`,
  ],
};
/** The letters of scripts with two cases, as DeepSeek's first models list them. */
const casedLetters = [
  'A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫ',
  'ᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴ',
  'ℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃',
  '',
].join('');
const bloom: NamedPreTokenizer = { expressions: [String.raw` ?[^(\s|.,!?…。，、।۔،)]+`] };

/** The pre-tokenizers by the names that llama.cpp's converter gives them. */
const preTokenizers: Readonly<Record<string, NamedPreTokenizer>> = {
  default: {
    expressions: [
      String.raw`[\p{P}\$\+<=>\^\~\|]+`,
      gpt2Expression,
      String.raw`\p{N}+`,
      '[0-9][0-9][0-9]',
    ],
  },
  'llama-bpe': llama3Whole,
  llama3: llama3Whole,
  'llama-v3': llama3Whole,
  falcon3: llama3Whole,
  pixtral: llama3Whole,
  'midm-2.0': llama3Whole,
  lfm2: llama3Whole,
  'falcon-h1': llama3Whole,
  'jina-v5-nano': llama3Whole,
  dbrx: llama3,
  'smaug-bpe': llama3,
  'chatglm-bpe': llama3,
  glm4: { ...llama3, wholeWords: true },
  glm5: { ...llama3, wholeWords: true },
  'deepseek-coder': {
    expressions: [
      String.raw`[\r\n]`,
      String.raw`\s?\p{L}+`,
      String.raw`\s?\p{P}+`,
      '[一-龥ࠀ-一가-퟿]+',
      digit,
    ],
  },
  'deepseek-llm': {
    expressions: [
      String.raw`[\r\n]`,
      String.raw`\s?[${casedLetters}]+`,
      String.raw`\s?[!-/:-~！-／：-～‘-‟　-。]+`,
      String.raw`\s+$`,
      '[一-龥ࠀ-一가-퟿]+',
      String.raw`\p{N}+`,
    ],
  },
  'deepseek-v3': deepseekV3,
  'hunyuan-dense': deepseekV3,
  'joyai-llm': deepseekV3,
  falcon: {
    expressions: [String.raw`[\p{P}\$\+<=>\^~\|${'`'}]+`, gpt2Expression, '[0-9][0-9][0-9]'],
  },
  'gpt-2': gpt2,
  'phi-2': gpt2,
  mpt: gpt2,
  olmo: gpt2,
  jais: gpt2,
  trillion: gpt2,
  exaone4: gpt2,
  'granite-docling': gpt2,
  gigachat: gpt2,
  mellum: gpt2,
  'a.x-4.0': gpt2,
  'modern-bert': gpt2,
  'jina-es': gpt2,
  'jina-de': gpt2,
  'jina-v2-es': gpt2,
  'jina-v2-de': gpt2,
  'jina-v1-en': gpt2,
  'jina-v2-code': gpt2,
  'roberta-bpe': gpt2,
  starcoder,
  refact: starcoder,
  'command-r': starcoder,
  smollm: starcoder,
  codeshell: starcoder,
  exaone: starcoder,
  'minerva-7b': starcoder,
  mellum2: starcoder,
  qwen2,
  'deepseek-r1-qwen': qwen2,
  megrez: qwen2,
  stablelm2: qwen2,
  hunyuan: qwen2,
  'grok-2': qwen2,
  'solar-open': qwen2,
  kormo: qwen2,
  f2llmv2: qwen2,
  qwen35,
  bailingmoe,
  bailingmoe2: bailingmoe,
  'llada-moe': bailingmoe,
  bloom,
  'poro-chat': bloom,
  'gpt3-finnish': bloom,
  viking: { expressions: [...bloom.expressions, digit] },
  tekken: { expressions: [cased('', digit)], wholeWords: true, addsBos: true },
  'gpt-4o': gpt4o,
  llama4: gpt4o,
  kanana2: gpt4o,
  talkie: gpt4o,
  'minimax-m2': gpt4o,
  minicpm5: {
    expressions: [threeDigits, words(String.raw`\p{N}+`)],
    wholeWords: true,
  },
  ufakzeka: {
    expressions: [String.raw`[^\r\n\p{L}\p{N}]?\p{L}+|${digit}|${marks}|${ends}`],
  },
  'seed-coder': {
    expressions: [
      String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|${ends}`,
    ],
  },
};

/**
 * The pre-tokenizer of a name; without one, that of the name `default`, as in llama.cpp.
 *
 * @throws `unsupported-gguf` for a name that is not known
 */
export function namedPreTokenizer(path: string, name: string | undefined): NamedPreTokenizer {
  const found = name === undefined ? 'default' : name;
  if (Object.hasOwn(preTokenizers, found)) return preTokenizers[found]!;
  const known = Object.keys(preTokenizers).sort();
  throw unsupportedGguf(
    path,
    `"tokenizer.ggml.pre" is "${found}", a way to cut texts that is not known`,
    found,
    known,
    nearest(found, known),
  );
}

/**
 * The name of the pre-tokenizer that cuts by the same expressions; undefined where none does.
 *
 * @param wholeWords whether a word that is a token as a whole is that token, whatever the merges say
 */
export function nameOfPreTokenizer(
  expressions: readonly string[],
  wholeWords: boolean,
): string | undefined {
  const wanted = JSON.stringify(expressions);
  return Object.keys(preTokenizers).find(
    (name) =>
      JSON.stringify(preTokenizers[name]!.expressions) === wanted &&
      (preTokenizers[name]!.wholeWords === true) === wholeWords,
  );
}

/** The `pre_tokenizer` of `tokenizer.json` that cuts by expressions and writes words as bytes. */
export function preTokenizerPart(expressions: readonly string[]): object {
  const isGpt2 = expressions.at(-1) === gpt2Expression;
  const splits = (isGpt2 ? expressions.slice(0, -1) : expressions).map((expression) => ({
    type: 'Split',
    pattern: { Regex: expression },
    behavior: 'Isolated',
    invert: false,
  }));
  const bytes = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: isGpt2,
  };
  return splits.length === 0 ? bytes : { type: 'Sequence', pretokenizers: [...splits, bytes] };
}
