// Writes the example's data: words, and what several instructions make of them. Each instruction is worded in eight ways, of which
// two stand in no row that is trained on; nor do the words of the other files.
//   node make-data.js [words to train on] [words to hold out]
import { writeFileSync } from 'node:fs';
import { instances } from '@tunesmith/collection/node';

/** Answers that annotated data gives: the word of each instance is in its id. */
const annotated = (task) => {
  const answers = new Map();
  for (const split of ['train', 'heldout'])
    for (const { id, output } of instances(task, { split, seed: 0 }))
      answers.set(id.split('/')[1], output);
  return answers;
};
const pasts = annotated('past-tense');
const participles = annotated('ing-form');
const verbs = [...pasts.keys()].filter(
  (verb) => participles.has(verb) && /^[a-z]{3,8}$/.test(verb),
);

const tasks = [
  {
    answer: (verb) => pasts.get(verb),
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
    answer: (verb) => participles.get(verb),
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
    answer: (word) => word[0],
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

/** The n-th of pseudo-random numbers below a bound. */
let state = 1;
const below = (bound) => {
  state = (state * 48271) % 2147483647;
  return state % bound;
};
const shuffled = verbs.map((verb) => [below(1e6), verb]).sort(([a], [b]) => a - b);
const words = shuffled.map(([, verb]) => verb);
const [trained = 40, held = 4] = process.argv.slice(2).map(Number);
const test = words.splice(0, held);
const rowsOf = (of, ways) =>
  of.flatMap((word) =>
    tasks.map(({ answer, ways: all }, task) => {
      const chosen = ways(all);
      const instruction = chosen[below(chosen.length)];
      return { task, row: { instruction, input: word, output: answer(word) } };
    }),
  );
const write = (file, rows) =>
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
const known = (all) => all.slice(0, -unseen);
const fresh = (all) => all.slice(-unseen);

const rows = (of) => of.map(({ row }) => row);
write('train.jsonl', rows(rowsOf(words.slice(0, trained), known)));
write('seen.jsonl', rows(rowsOf(test, known)));
const unseenRows = rowsOf(test, fresh);
write('unseen.jsonl', rows(unseenRows));
// The same rows, read with the instruction of another task.
write(
  'wrong.jsonl',
  unseenRows.map(({ task, row }) => ({
    ...row,
    meta: { instruction: fresh(tasks[(task + 1) % tasks.length].ways)[0] },
  })),
);
