/** What rests on the contracts and the machinery below the methods. */
const foundation = ['schema', 'jinja', 'runtime', 'kernels', 'models'];
const method = [...foundation, 'peft'];
const product = [
  ...method,
  'lora',
  'adapter',
  'prompt',
  'bitfit',
  'intrinsic-prompt',
  'hint',
  'datasets',
  'collection',
  'synthesis',
  'trainer',
  'nano',
  'evaluation',
  'report',
];

/**
 * The house, from the ground up: each package and the packages its code may import.
 * A package is named as on npm, without the scope. Every arrow points to an earlier line.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const arrows = {
  schema: [],
  jinja: ['schema'],
  runtime: ['schema'],
  kernels: ['schema', 'runtime'],
  models: ['schema', 'jinja', 'runtime', 'kernels'],
  peft: foundation,
  lora: method,
  adapter: method,
  prompt: method,
  bitfit: method,
  'intrinsic-prompt': method,
  hint: method,
  datasets: ['schema', 'jinja'],
  collection: ['schema', 'datasets'],
  synthesis: ['schema', 'datasets'],
  trainer: [...method, 'datasets'],
  nano: [],
  evaluation: ['schema', 'runtime', 'models', 'datasets'],
  report: ['schema'],
  tunesmith: product,
  testing: method,
  'create-tunesmith-plugin': ['schema'],
  bench: [...product, 'tunesmith', 'testing'],
  config: [],
};
