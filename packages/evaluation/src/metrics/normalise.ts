/** ASCII punctuation, as Python's `string.punctuation` lists it. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/**
 * What two texts may differ in and still count as equal.
 *
 * - `strict`: white space at both ends.
 * - `superni`: also case, ASCII punctuation and runs of white space; articles are kept (Super-NaturalInstructions).
 * - `squad`: also the articles a, an, the (SQuAD).
 */
export const normalisations = {
  strict: (text: string) => text.trim(),
  superni: (text: string) => collapse(text.toLowerCase().replace(PUNCTUATION, '')),
  squad: (text: string) =>
    collapse(
      text
        .toLowerCase()
        .replace(PUNCTUATION, '')
        .replace(/\b(?:a|an|the)\b/g, ' '),
    ),
} as const;

/** The name of a normalisation. */
export type Normalisation = keyof typeof normalisations;

function collapse(text: string): string {
  return text.split(/\s+/).filter(Boolean).join(' ');
}
