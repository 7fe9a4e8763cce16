import { createRandom, type Random } from '@tunesmith/schema';

/**
 * How the answers to choose from are written, as the Flan Collection does: `list` with dashes, `letters` as `(A)`, or
 * `mixed`, where a seeded draw picks the heading, the marks of items and the end for each row.
 */
export type OptionsFormat = 'list' | 'letters' | 'mixed';

/** The answers as a text, and the answer as it is to be given. */
export interface WrittenOptions {
  readonly text: string;
  /** The mark of the answer's item in the format `mixed`, where marks tell items apart; else the answer itself. */
  readonly answer: string;
}

const headings = [
  'OPTIONS:',
  'Options:',
  'Choices:',
  'Possible answers:',
  'Pick one:',
  'Choose from:',
  'Answer with one of these:',
  'Available answers:',
];
const endings = ['', '', '\n', '.'];
const roman = ['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x'];

/** The `index`-th letter; there are 26. */
function letter(index: number): string {
  return String.fromCodePoint(65 + index);
}

/** Ways to mark the items of a list; undefined past the last mark. */
const marks: readonly ((index: number) => string | undefined)[] = [
  () => '-',
  () => '*',
  () => '•',
  (index) => `(${letter(index)})`,
  (index) => `${letter(index)}.`,
  (index) => `[${letter(index).toLowerCase()}]`,
  (index) => `(${index + 1})`,
  (index) => `${index + 1}.`,
  (index) => (roman[index] === undefined ? undefined : `(${roman[index]})`),
];

const longest = 26;

function mixed(options: readonly string[], answer: string, random: Random): WrittenOptions {
  const fitting = marks.filter((mark) => mark(options.length - 1) !== undefined);
  const heading = headings[random.integer(headings.length)]!;
  const mark = fitting[random.integer(fitting.length)]!;
  const ending = endings[random.integer(endings.length)]!;
  const names = options.map((_, index) => mark(index)!);
  const items = options.map((option, index) => `${names[index]} ${option}`);
  const place = options.indexOf(answer);
  const apart = new Set(names).size === names.length;
  return {
    text: `${heading}\n${items.join('\n')}${ending}`,
    answer: apart && place >= 0 ? names[place]! : answer,
  };
}

/**
 * Writes the answers to choose from. More than 26 of them are written with dashes, whatever the format.
 *
 * @param key tells rows apart: the draw of `mixed` hangs on it and the seed
 */
export function writeOptions(
  options: readonly string[],
  answer: string,
  format: OptionsFormat,
  { seed, key }: { readonly seed: number; readonly key: string },
): WrittenOptions {
  if (format === 'mixed' && options.length <= longest && options.length > 0)
    return mixed(options, answer, createRandom(seed, `options ${key}`));
  const lettered = format === 'letters' && options.length <= longest;
  const items = options.map((option, index) =>
    lettered ? `(${letter(index)}) ${option}` : `- ${option}`,
  );
  return { text: ['OPTIONS:', ...items].join('\n'), answer };
}
