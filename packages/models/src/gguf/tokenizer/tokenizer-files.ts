import type { GgufFile } from '../open.ts';
import { tokenizerParts } from './models.ts';
import { readVocabulary, tokenKinds, type GgufVocabulary } from './vocabulary.ts';

/** The files of a tokenizer, parsed, by their names in Hugging Face's layout. */
export type TokenizerJsonFiles = Readonly<Record<string, object>>;

/** Tokens that end a turn in the templates that are in use, and so end a generation wherever a vocabulary has them. */
const endsOfTurn = new Set([
  '<|eot_id|>',
  '<|eom_id|>',
  '<|im_end|>',
  '<|end|>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<end_of_turn>',
  '<end_of_utterance>',
  '<EOT>',
  '_<EOT>',
  '[EOT]',
  '<｜end▁of▁sentence｜>',
  '<|return|>',
  '<|call|>',
]);

/** Whether a file has a tokenizer. */
export function hasTokenizer({ metadata }: GgufFile): boolean {
  const model = metadata.get('tokenizer.ggml.model');
  return typeof model === 'string' && model !== 'none' && model !== 'no_vocab';
}

/**
 * The tokenizer of a file's metadata as `tokenizer.json`, `tokenizer_config.json` and `generation_config.json`, chat template
 * included.
 *
 * @throws `unsupported-gguf` naming the kind of model or the pre-tokenizer that is not known, or what is missing
 */
export function tokenizerFiles(file: GgufFile): TokenizerJsonFiles {
  const stored = readVocabulary(file);
  const { adds, tokens = stored.tokens, usual = {}, around, ...parts } = tokenizerParts(stored);
  const vocabulary = { ...stored, tokens };
  const isId = (id: number | undefined): id is number => id !== undefined && id < tokens.length;
  const idOf = (kind: string): number | undefined =>
    [vocabulary.number(`${kind}_token_id`), usual[kind]].find(isId);
  const special = {
    bos: idOf('bos'),
    eos: idOf('eos'),
    unk: idOf('unknown'),
    pad: idOf('padding'),
    sep: idOf('seperator'),
    mask: idOf('mask'),
    ...(around ? { cls: idOf(around.bos) ?? idOf('bos') } : {}),
  };
  const [first, last] = around
    ? [special.cls, idOf(around.eos) ?? special.eos]
    : [special.bos, special.eos];
  const bos = (vocabulary.flag('add_bos_token') ?? adds.bos) ? first : undefined;
  const eos = (vocabulary.flag('add_eos_token') ?? adds.eos) ? last : undefined;
  const named = Object.entries(special).flatMap(([kind, id]) =>
    id === undefined ? [] : [[`${kind}_token`, vocabulary.tokens[id]!]],
  );
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens(vocabulary, new Set(Object.values(special))),
      ...parts,
      post_processor: postProcessor(vocabulary, bos, eos),
    },
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      ...Object.fromEntries(named),
      ...chatTemplates(file),
    },
    'generation_config.json': {
      ...(special.bos === undefined ? {} : { bos_token_id: special.bos }),
      eos_token_id: endIds(vocabulary, special.eos, idOf),
      ...(special.pad === undefined ? {} : { pad_token_id: special.pad }),
      ...samplingSettings(file),
    },
  };
}

/** What converters write of a model's `generation_config.json`. */
function samplingSettings({ metadata }: GgufFile): object {
  const keys = {
    temperature: 'temp',
    top_k: 'top_k',
    top_p: 'top_p',
    min_p: 'min_p',
    repetition_penalty: 'penalty_repeat',
  };
  return Object.fromEntries(
    Object.entries(keys).flatMap(([key, stored]) => {
      const value = metadata.get(`general.sampling.${stored}`);
      return typeof value === 'number' ? [[key, Number(value.toPrecision(7))]] : [];
    }),
  );
}

/** Tokens that are found in a text before it is cut into words: control tokens, those of a user, and the special ones. */
function addedTokens(
  { tokens, kinds }: GgufVocabulary,
  special: ReadonlySet<number | undefined>,
): object[] {
  return tokens.flatMap((content, id) => {
    const isSpecial =
      kinds[id] === tokenKinds.control || kinds[id] === tokenKinds.unknown || special.has(id);
    // Stretches of spaces are put together by merges, whose scores are the best there are.
    const isOwn = kinds[id] === tokenKinds.userDefined && !content.includes('▁');
    if (content === '' || (!isSpecial && !isOwn)) return [];
    return [
      {
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: isSpecial,
      },
    ];
  });
}

/** What stands around a text. */
function postProcessor(
  { tokens }: GgufVocabulary,
  bos: number | undefined,
  eos: number | undefined,
): object | null {
  if (bos === undefined && eos === undefined) return null;
  const piece = (id: number | undefined): object[] =>
    id === undefined ? [] : [{ SpecialToken: { id: tokens[id], type_id: 0 } }];
  const known = [bos, eos].flatMap((id) =>
    id === undefined ? [] : [[tokens[id], { id: tokens[id], ids: [id], tokens: [tokens[id]] }]],
  );
  const single = [...piece(bos), { Sequence: { id: 'A', type_id: 0 } }, ...piece(eos)];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, ...piece(bos), { Sequence: { id: 'B', type_id: 0 } }, ...piece(eos)],
    special_tokens: Object.fromEntries(known) as object,
  };
}

/** The ids that end a generation: end of sequence, of turn and of message, where the file names them or has their tokens. */
function endIds(
  { tokens, kinds }: GgufVocabulary,
  eos: number | undefined,
  idOf: (kind: string) => number | undefined,
): number[] {
  // In OpenAI's Harmony `<|end|>` ends a message of several.
  const isHarmony = tokens.includes('<|return|>') && tokens.includes('<|call|>');
  const usual = tokens.flatMap((token, id) =>
    endsOfTurn.has(token) && kinds[id] !== tokenKinds.normal && !(isHarmony && token === '<|end|>')
      ? [id]
      : [],
  );
  const all = [eos, idOf('eot'), idOf('eom'), ...usual].filter((id) => id !== undefined);
  return [...new Set(all)];
}

/** `tokenizer.chat_template`, and those with names of their own beside it. */
function chatTemplates({ metadata }: GgufFile): object {
  const prefix = 'tokenizer.chat_template';
  const template = metadata.get(prefix);
  const named = Array.from(metadata).flatMap(([key, value]) =>
    key.startsWith(`${prefix}.`) && typeof value === 'string'
      ? [{ name: key.slice(prefix.length + 1), template: value }]
      : [],
  );
  if (typeof template !== 'string') return {};
  return {
    chat_template: named.length === 0 ? template : [{ name: 'default', template }, ...named],
  };
}
