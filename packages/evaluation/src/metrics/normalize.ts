/** ASCII punctuation, as Python's `string.punctuation` lists it. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** `\b(a|an|the)\b` as Python reads it: a word ends where letters, digits and `_` of any script do, so `año` keeps its a. */
const ARTICLE = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/** What Python's `str.split` cuts at: Unicode white space and the separators U+001C to U+001F, but no byte order mark. */
// eslint-disable-next-line no-control-regex
const SPACE = /(?:(?!\uFEFF)[\s\u001C-\u001F\u0085])+/;

/**
 * What two texts may differ in and still count as equal.
 *
 * - `strict`: white space at both ends.
 * - `superni`: also case, ASCII punctuation and runs of white space; articles are kept (Super-NaturalInstructions).
 * - `squad`: also the articles a, an, the (SQuAD).
 */
export const normalizations = {
  strict: (text: string) => text.trim(),
  superni: (text: string) => collapse(text.toLowerCase().replace(PUNCTUATION, '')),
  squad: (text: string) =>
    collapse(text.toLowerCase().replace(PUNCTUATION, '').replace(ARTICLE, ' ')),
} as const;

/** The name of a normalization. */
export type Normalization = keyof typeof normalizations;

/** The options of metrics that compare texts after a normalization. */
export const normalizationOption = {
  type: 'object',
  properties: {
    normalization: {
      enum: Object.keys(normalizations),
      default: 'superni',
      description:
        'What may differ: strict, white space at both ends; superni, also case, punctuation and runs of white space; squad, also articles.',
    },
  },
  additionalProperties: false,
};

function collapse(text: string): string {
  return text.split(SPACE).filter(Boolean).join(' ');
}
