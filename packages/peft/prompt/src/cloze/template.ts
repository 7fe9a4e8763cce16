import { findNamed, unknownName } from '@tunesmith/schema';
import type { Instance, PluginOptions, PromptTemplate } from '@tunesmith/schema';
import { clozeTasks } from './published/index.ts';
import { readClozeTask, type ClozePattern, type CompiledTask } from './read.ts';
import { clozeTaskSchema } from './task.ts';
import { clozeError, joined, type Piece } from './text.ts';

interface ClozeOptions {
  readonly task: string | object;
  readonly pattern: string;
  readonly mask: string;
}

/** Whoever reads from left to right has no mask token. */
const leftToRight = 'none';

/**
 * Rows as cloze questions: an instance's texts through a pattern, its label by the verbalizer's word. For models of masked text the
 * mask token stands in the gap, and the answer is the word. For models that read from left to right the question ends where the gap
 * is, and the answer is the word and what comes after it.
 *
 * The record's `output` and `meta.choices` stay labels, those of the task where it has no choices: the template says by which word each of them is written, and by which others
 * it may be. A task of one's own is written out, or lies in a JSON file that a recipe names by its path.
 *
 * @throws TunesmithError those of {@link readClozeTask}; `unknown-name` for the task, the pattern or a label; `nothing-before-gap` where
 * a pattern begins with its gap and the model reads from left to right; `mask-word` and `second-mask` for a mask besides the gap's; `missing-field` naming the record
 */
export const cloze: PromptTemplate = {
  specVersion: 2,
  name: 'cloze',
  description: 'Cloze questions: patterns and verbalizers, given as data.',
  reference: {
    title:
      'Exploiting Cloze Questions for Few Shot Text Classification and Natural Language Inference',
    authors: 'Schick, Schütze',
    year: 2021,
    url: 'https://arxiv.org/abs/2001.07676',
  },
  options: {
    type: 'object',
    required: ['task', 'pattern', 'mask'],
    properties: {
      task: {
        anyOf: [
          { type: 'string', minLength: 1 },
          { type: 'object', properties: clozeTaskSchema.properties, additionalProperties: false },
        ],
        description: `A task of your own, written out or by the path of its JSON file, or a known one: ${clozeTasks.map(({ name }) => name).join(', ')}.`,
      },
      pattern: { type: 'string', minLength: 1, description: 'The name of one of its patterns.' },
      mask: {
        type: 'string',
        minLength: 1,
        description: `The mask token as the model's tokenizer writes it, such as [MASK]; ${leftToRight} for a model that reads from left to right.`,
      },
    },
    additionalProperties: false,
  },
  messages(instance, options) {
    const { task, pattern, mask } = compiled(options);
    const valueOf = (field: string): string => fieldOf(instance, field, task);
    const [before, after] = [joined(pattern.before, valueOf), joined(pattern.after, valueOf)];
    const [answer = ''] = answersOf(instance, options);
    return [
      {
        role: 'user',
        content: mask === leftToRight ? before.trimEnd() : `${before}${mask}${after}`,
      },
      { role: 'assistant', content: answer },
    ];
  },
  answers: answersOf,
  labels: (options) => compiled(options).task.labels,
  gap(options) {
    const { mask } = compiled(options);
    return mask === leftToRight ? undefined : mask;
  },
  check: (options) => void compiled(options),
  files: { task: (content, file) => void readClozeTask(content, file) },
};

/** What may stand in the gap and after it, in every word of the instance's label; nothing where it has none. */
function answersOf(instance: Instance, options?: PluginOptions): string[] {
  const { task, pattern, mask } = compiled(options);
  const valueOf = (field: string): string => fieldOf(instance, field, task);
  const after = mask === leftToRight ? joined(pattern.after, valueOf).trimEnd() : '';
  return wordsFor(instance, task, pattern).map((word) => `${joined(word, valueOf)}${after}`);
}

interface Compiled {
  readonly task: CompiledTask;
  readonly pattern: ClozePattern;
  readonly mask: string;
}

const known = new WeakMap<object, Compiled>();

function compiled(options: PluginOptions | undefined): Compiled {
  if (options === undefined)
    throw clozeError('missing-options', 'no task is given', options, 'task, pattern and mask');
  const found = known.get(options);
  if (found) return found;
  const { task: named, pattern: name, mask } = options as unknown as ClozeOptions;
  const of = { package: '@tunesmith/prompt' };
  const task = readClozeTask(
    typeof named === 'string' ? findNamed(named, clozeTasks, { ...of, kind: 'cloze task' }) : named,
  );
  const kind = `pattern of the task "${task.name}"`;
  const pattern = findNamed(name, task.patterns, { ...of, kind });
  if (mask === leftToRight && pattern.before.length === 0)
    throw clozeError(
      'nothing-before-gap',
      `pattern "${name}" begins with its gap, and a model that reads from left to right has nothing to answer`,
      name,
      task.patterns.filter(({ before }) => before.length > 0).map((one) => one.name),
    );
  if (mask !== leftToRight) requireOneMask(pattern, task, mask);
  const result = { task, pattern, mask };
  known.set(options, result);
  return result;
}

/** @throws TunesmithError `mask-word` for a word, `second-mask` for a pattern, that has the mask token in its own text */
function requireOneMask(
  { name, before, after, words }: ClozePattern,
  task: CompiledTask,
  mask: string,
) {
  const hasMask = (pieces: readonly Piece[]): boolean =>
    pieces.some((piece) => 'text' in piece && piece.text.includes(mask));
  for (const [label, own] of words)
    if (own.some(hasMask))
      throw clozeError(
        'mask-word',
        `a word for "${label}" of the task "${task.name}" has the mask ${mask} in it`,
        mask,
        'words to be guessed in place of the mask',
      );
  if (hasMask(before) || hasMask(after))
    throw clozeError(
      'second-mask',
      `pattern "${name}" of the task "${task.name}" has the mask ${mask} in its text`,
      mask,
      '{mask}, once',
    );
}

function fieldOf({ id, instruction, input, meta }: Instance, field: string, task: CompiledTask) {
  const row = meta?.['row'];
  const own = [row, meta].flatMap((holder) =>
    typeof holder === 'object' && holder !== null && Object.hasOwn(holder, field)
      ? [(holder as Readonly<Record<string, unknown>>)[field]]
      : [],
  )[0];
  const value = own ?? [instruction, input][task.fields.indexOf(field)];
  if (typeof value === 'string' || typeof value === 'number') return `${value}`.trim();
  throw clozeError(
    'missing-field',
    `example "${id}" has no text "${field}", which the task "${task.name}" asks of`,
    value,
    `a key "${field}"; the first field may be the instruction, the second the input`,
  );
}

/** The words for the instance's label; none where it has none. */
function wordsFor(
  { id, output }: Instance,
  { labels, name: task }: CompiledTask,
  { words }: ClozePattern,
): readonly (readonly Piece[])[] {
  const label = output.trim();
  if (label === '') return [];
  const own = words.get(label);
  if (own) return own;
  const kind = `label of the task "${task}" (example "${id}")`;
  throw unknownName({ package: '@tunesmith/prompt', kind, name: label, names: labels });
}
