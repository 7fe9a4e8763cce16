/** Why an instruction is left out, in the same words each time; nothing where it may stay. */
export type InstructionFilter = (instruction: string) => string | undefined;

/** What a model of texts cannot do: words for pictures, files and places on a screen. */
const beyondText = [
  'image',
  'images',
  'graph',
  'graphs',
  'picture',
  'pictures',
  'file',
  'files',
  'map',
  'maps',
  'draw',
  'plot',
  'go to',
];

/** Further such words, of Alpaca. */
export const alpacaWords: readonly string[] = [
  ...beyondText,
  'video',
  'audio',
  'music',
  'flowchart',
  'diagram',
];

const punctuation = /^[!-/:-@[-`{-~]/;

/**
 * The rules by which Self-Instruct leaves instructions out: three words or fewer, more than 150, words for what is no text, programs to
 * be written (too many models answer with them), a first character that is punctuation or no ASCII.
 *
 * @param words the words for what is no text
 * @see Wang et al. 2023, https://arxiv.org/abs/2212.10560
 */
export function selfInstructRules(words: readonly string[] = beyondText): InstructionFilter {
  const beyond = new RegExp(`\\b(?:${words.join('|')})\\b`, 'i');
  return (instruction) => {
    const count = instruction.split(/\s+/).filter(Boolean).length;
    if (count <= 3) return 'three words or fewer';
    if (count > 150) return 'more than 150 words';
    const found = beyond.exec(instruction);
    if (found) return `asks for what is no text: ${found[0].toLowerCase()}`;
    if (instruction.startsWith('Write a program')) return 'asks for a program';
    if (punctuation.test(instruction)) return 'begins with punctuation';
    // eslint-disable-next-line no-control-regex -- every character of ASCII
    if (!/^[\x00-\x7f]/.test(instruction)) return 'begins with a letter that is not ASCII';
    return undefined;
  };
}
