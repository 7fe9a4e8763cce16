// Writes the example's data: words, and what several instructions make of them. Each instruction is worded in eight ways, of which
// two stand in no row that is trained on; nor do the words of the other files.
//   node make-data.js [words to train on] [words to hold out]
import { writeFileSync } from 'node:fs';
import { instances } from '@tunesmith/collection/node';

/**
 * Answers that annotated data gives: the word of each instance is in its id.
 *
 * @param {string} task
 */
const annotated = (task) => {
  const all = [
    ...instances(task, { split: 'train', seed: 0 }),
    ...instances(task, { split: 'heldout', seed: 0 }),
  ];
  return new Map(all.map(({ id, output }) => [id.split('/')[1] ?? '', output]));
};
const pasts = annotated('past-tense');
const participles = annotated('ing-form');
const verbs = [...pasts.keys()].filter(
  (verb) => participles.has(verb) && /^[a-z]{3,8}$/.test(verb),
);

/** @type {{ answer: (word: string) => string; ways: string[] }[]} */
const tasks = [
  {
    answer: (verb) => pasts.get(verb) ?? '',
    ways: [
      'Put the verb into the past tense.',
      'Write the past tense of the verb.',
      'Give the simple past form.',
      'Say that it happened yesterday.',
      'What is the past form of this verb?',
      'Turn the verb into its past tense.',
      'Change the verb to the past.',
      'Write the verb as it is in the past tense.',
    ],
  },
  {
    answer: (verb) => participles.get(verb) ?? '',
    ways: [
      'Add -ing to the verb.',
      'Write the present participle of the verb.',
      'Give the -ing form.',
      'Say that it is going on right now.',
      'What is the present participle of this verb?',
      'Turn the verb into its -ing form.',
      'Change the verb to the present participle.',
      'Write the verb so that it ends in -ing.',
    ],
  },
  {
    answer: (word) => word,
    ways: [
      'Repeat the word.',
      'Write the same word again.',
      'Copy the word.',
      'Say the word once more.',
      'Leave the word as it is.',
      'Write the word unchanged.',
      'Repeat the same word.',
      'Give the word back as it is.',
    ],
  },
  {
    answer: (word) => `${word} ${word}`,
    ways: [
      'Write the word twice.',
      'Say the word two times.',
      'Repeat the word two times in a row.',
      'Give the word twice, with a space between.',
      'Copy the word twice.',
      'Double the word.',
      'Write the same word two times.',
      'Repeat it twice.',
    ],
  },
  {
    answer: (word) => word.slice(0, 1),
    ways: [
      'Write the first letter of the word.',
      'Which letter does the word begin with?',
      'Give the first letter.',
      'Say the letter at the beginning.',
      'What is the initial letter of the word?',
      'Name the first letter.',
      'Which is the first letter of this word?',
      'Write the letter that the word begins with.',
    ],
  },
  {
    answer: (word) => `not ${word}`,
    ways: [
      'Put not before the word.',
      'Negate the word.',
      'Say not, then the word.',
      'Write the word with not in front.',
      'Make it negative with the word not.',
      'Add not before it.',
      'Put the word not in front of the word.',
      'Write not and then the word.',
    ],
  },
];
const unseen = 2;

let state = 1;
/**
 * A pseudo-random number below a bound, the next each time.
 *
 * @param {number} bound
 */
const below = (bound) => {
  state = (state * 48271) % 2147483647;
  return state % bound;
};
const words = verbs
  .map((verb) => ({ verb, place: below(1e6) }))
  .sort((one, other) => one.place - other.place)
  .map(({ verb }) => verb);
const [trained = 40, held = 4] = process.argv.slice(2).map(Number);
const test = words.splice(0, held);

/**
 * Every task of every word.
 *
 * @param {string[]} of
 * @param {(ways: string[]) => string[]} waysOf
 */
const rowsOf = (of, waysOf) =>
  of.flatMap((word) =>
    tasks.map(({ answer, ways }, task) => {
      const chosen = waysOf(ways);
      const instruction = chosen[below(chosen.length)];
      return { task, row: { instruction, input: word, output: answer(word) } };
    }),
  );
/** @param {string} file @param {object[]} rows */
const write = (file, rows) =>
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
/** @param {string[]} ways */
const known = (ways) => ways.slice(0, -unseen);
/** @param {string[]} ways */
const fresh = (ways) => ways.slice(-unseen);

const learned = rowsOf(words.slice(0, trained), known);
const seenRows = rowsOf(test, known);
const unseenRows = rowsOf(test, fresh);
write(
  'train.jsonl',
  learned.map(({ row }) => row),
);
write(
  'seen.jsonl',
  seenRows.map(({ row }) => row),
);
write(
  'unseen.jsonl',
  unseenRows.map(({ row }) => row),
);
// The same rows, read with the instruction of another task.
write(
  'wrong.jsonl',
  unseenRows.map(({ task, row }) => {
    const other = tasks[(task + 1) % tasks.length];
    return { ...row, meta: { instruction: other && fresh(other.ways)[0] } };
  }),
);
