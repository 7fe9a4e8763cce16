import { createTokenizer } from '@tunesmith/models';
import type { Tokenizer } from '@tunesmith/models';

const words =
  '[PAD] [UNK] [CLS] [SEP] [MASK] the cat sat on mat ##s a movie it was great bad fair un ##believ ##able ! . ? is yes no'.split(
    ' ',
  );

/** Ids of the words of {@link wordTokenizer}. */
export const wordIds: Readonly<Record<string, number>> = Object.fromEntries(
  words.map((word, id) => [word, id]),
);

/** How many tokens {@link wordTokenizer} has. */
export const wordCount = words.length;

/**
 * A WordPiece tokenizer of a few words, which writes `[CLS] … [SEP]` around a text as BERT's does, or only `… [SEP]` as T5's
 * does with its end token.
 */
export function wordTokenizer(around: 'both' | 'end' = 'both'): Tokenizer {
  const special = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  const begin = around === 'both' ? [special('[CLS]')] : [];
  const single = [...begin, { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')];
  const names = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  return createTokenizer({
    configuration: { pad_token: '[PAD]', mask_token: '[MASK]', eos_token: '[SEP]' },
    tokenizer: {
      version: '1.0',
      added_tokens: names.map((content) => ({
        id: wordIds[content],
        content,
        special: true,
        normalized: false,
      })),
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: {
        type: 'TemplateProcessing',
        single,
        pair: single,
        special_tokens: Object.fromEntries(
          ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [wordIds[id]], tokens: [id] }]),
        ),
      },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: wordIds,
      },
    },
  });
}
