import { invalid, listOf, prototypeKeys, requireDistinctNames, validate } from '@tunesmith/schema';
import { clozeTaskSchema, type ClozeTask } from './task.ts';
import { clozeError, piecesOf, type Piece } from './text.ts';

/** A pattern that is ready to be filled. */
export interface ClozePattern {
  readonly name: string;
  readonly before: readonly Piece[];
  readonly after: readonly Piece[];
  /** What may stand in the gap, by label: at least one word each, the first of which is written where one is. */
  readonly words: ReadonlyMap<string, readonly (readonly Piece[])[]>;
}

/** A task whose patterns are ready to be filled. */
export interface CompiledTask {
  readonly name: string;
  readonly fields: readonly string[];
  readonly labels: readonly string[];
  readonly patterns: readonly ClozePattern[];
}

type Words = ClozeTask['words'];

/**
 * Checks a cloze task from a file or from code, and makes its patterns ready.
 *
 * @param file named in errors
 * @throws TunesmithError `invalid-cloze-task` for keys and values, `unknown-field`, `lone-brace`, `no-gap` for a pattern that does not
 * have `{mask}` exactly once, `no-field` for one that names no field, `empty-word`, `same-word` for one word that is there twice, `other-labels` where a pattern's own words are
 * for other labels, `duplicate-name`
 */
export function readClozeTask(value: unknown, file?: string): CompiledTask {
  const context = {
    package: '@tunesmith/prompt',
    what: 'cloze task',
    ...(file === undefined ? {} : { file }),
  };
  // a label of this name would be lost where the task is copied
  const foreign = prototypeKeys(value);
  if (foreign.length > 0) throw invalid(foreign, context);
  const task = validate<ClozeTask>(clozeTaskSchema, value, context);
  const { name, fields } = task;
  if (fields.includes('mask'))
    throw clozeError('reserved-field', `task "${name}" has a field "mask"`, 'mask', 'another name');
  requireDistinctNames(task.patterns, { package: '@tunesmith/prompt', kind: 'pattern' });
  const labels = Object.keys(task.words);
  const shared = wordsOf(task.words, fields, `task "${name}"`);
  return {
    name,
    fields,
    labels,
    patterns: task.patterns.map((pattern) => {
      const where = `pattern "${pattern.name}" of task "${name}"`;
      return {
        name: pattern.name,
        ...aroundGap(piecesOf(pattern.text, [...fields, 'mask'], where), {
          where,
          fields,
          text: pattern.text,
        }),
        words: pattern.words
          ? wordsOf(ofLabels(pattern.words, labels, where), fields, where)
          : shared,
      };
    }),
  };
}

function aroundGap(
  pieces: readonly Piece[],
  { where, fields, text }: { where: string; fields: readonly string[]; text: string },
): Pick<ClozePattern, 'before' | 'after'> {
  const gaps = pieces.flatMap((piece, at) =>
    'field' in piece && piece.field === 'mask' ? [at] : [],
  );
  const [at] = gaps;
  if (at === undefined || gaps.length > 1)
    throw clozeError(
      'no-gap',
      `${where} has ${gaps.length === 0 ? 'no gap' : `${gaps.length} gaps`}`,
      text,
      '{mask} exactly once; a word of several tokens needs no more',
    );
  if (!pieces.some((piece) => 'field' in piece && piece.field !== 'mask'))
    throw clozeError(
      'no-field',
      `${where} names no field, so that it asks the same of all rows`,
      text,
      `at least one of ${fields.map((field) => `{${field}}`).join(', ')}`,
    );
  return { before: pieces.slice(0, at), after: pieces.slice(at + 1) };
}

function ofLabels(words: Words, labels: readonly string[], where: string): Words {
  const own = Object.keys(words);
  if (own.length === labels.length && labels.every((label) => own.includes(label)))
    return Object.fromEntries(labels.map((label) => [label, words[label]!]));
  throw clozeError('other-labels', `${where} has words for ${own.join(', ')}`, own, labels);
}

function wordsOf(
  words: Words,
  fields: readonly string[],
  where: string,
): ReadonlyMap<string, readonly (readonly Piece[])[]> {
  const taken = new Map<string, string>();
  const readWord = (label: string, word: string): readonly Piece[] => {
    const text = word.trim();
    if (text === '')
      throw clozeError('empty-word', `${where} has no word for "${label}"`, word, 'a word');
    const other = taken.get(text);
    if (other !== undefined)
      throw clozeError(
        'same-word',
        `${where} says ${JSON.stringify(text)} ${other === label ? `twice for "${label}"` : `for both "${other}" and "${label}"`}`,
        text,
        'words of its own for each label',
      );
    taken.set(text, label);
    return piecesOf(text, fields, `the word for "${label}" of ${where}`);
  };
  return new Map(
    Object.entries(words).map(([label, own]) => [
      label,
      listOf(own).map((word) => readWord(label, word)),
    ]),
  );
}
