/** What the 30 rows teach, in pairs of a word and the answer. */
const lessons = [
  {
    instruction: 'Write the plural of the word.',
    pairs:
      'apple apples, book books, cloud clouds, door doors, engine engines, flower flowers, garden gardens, hammer hammers, island islands, jacket jackets, lamp lamps, mountain mountains, paper papers, river rivers, spoon spoons',
  },
  {
    instruction: 'Write the past tense of the verb.',
    pairs:
      'answer answered, boil boiled, climb climbed, discover discovered, enter entered, finish finished, gather gathered, help helped, jump jumped, laugh laughed, order ordered, paint painted, repair repaired, talk talked, wash washed',
  },
];

const rows = lessons.flatMap(({ instruction, pairs }) =>
  pairs.split(', ').map((pair) => {
    const [input, output] = pair.split(' ');
    return JSON.stringify({ instruction, input, output });
  }),
);

const recipe = `# What is trained on what, and how it is measured. Run it with: tunesmith train recipe.yaml
# Settings can be tried on the command line: tunesmith train recipe.yaml training.steps=100 output=runs/second
model: '@tunesmith/nano' # a small base model that comes with Tunesmith; or a folder with config.json and model.safetensors
plugins: [./plugin.mjs] # your own metrics, methods, data formats, ...
data:
  - { path: instructions.jsonl, format: alpaca, held_out: 0.3 } # a part is kept back to measure with
method: { name: lora, r: 8, alpha: 16, targets: all-linear } # 'tunesmith list method' names the others
training:
  steps: 40
  batch_size: 8
  max_length: 64
  optimizer: { learning_rate: 4.0e-3 }
evaluation:
  tasks: [heldout]
  metrics: [same-start, exact-match] # the first one is shown, results.json has all
  max_new_tokens: 8
output: runs/first
`;

const plugin = `/**
 * How much of an answer's beginning is right: the characters up to the first wrong one, as a share of the longer text.
 *
 * @type {import('@tunesmith/schema').Metric}
 */
const sameStart = {
  specVersion: 2,
  name: 'same-start',
  version: 1,
  description: 'The share of the answer before its first wrong character.',
  range: [0, 1],
  higherIsBetter: true,
  score: (prediction, references) =>
    Math.max(...references.map((reference) => sharedStart(prediction.trim(), reference))),
};

/** @param {string} a @param {string} b */
function sharedStart(a, b) {
  const longer = Math.max(a.length, b.length);
  let same = 0;
  while (same < longer && a[same] === b[same]) same += 1;
  return longer === 0 ? 1 : same / longer;
}

// What a recipe finds when it names this file in \`plugins\`.
export const plugins = [{ kind: 'metric', value: sameStart }];
`;

/** The files of a new folder, by name: a recipe, 30 rows of instructions, and a plugin with a metric. */
export const starterFiles: Readonly<Record<string, string>> = {
  'recipe.yaml': recipe,
  'instructions.jsonl': `${rows.join('\n')}\n`,
  'plugin.mjs': plugin,
};
