import { readable } from './scale.ts';
import type { TaskScore } from './report-data.ts';

/** What is known of a model that was tuned. */
export interface CardFacts {
  title: string;
  /** The model that it was made from, as people name it. */
  base: string;
  /** Its name on the Hugging Face hub, where it has one. */
  baseOnHub?: string;
  /** The license that the base states, as the hub calls it: `apache-2.0`. */
  license?: string;
  /** How it was made, in order: `['Method', 'LoRA']`. */
  facts: readonly (readonly [name: string, value: string])[];
  /** What it was trained on: a file or a source, with how much was read of it. */
  data: readonly (readonly [name: string, amount: string])[];
  scores: readonly TaskScore[];
  /** The library that loads it, as the hub calls it; `transformers` by default. */
  library?: string;
  /** What it is of its base; tuned by default. */
  relation?: 'finetune' | 'adapter' | 'quantized';
}

/**
 * A model card as the Hugging Face hub reads it: Markdown with what programs read in front, as YAML.
 *
 * @see https://huggingface.co/docs/hub/model-cards
 */
export function modelCard(card: CardFacts): string {
  const { title, base, baseOnHub, license, facts, data, scores } = card;
  const { library = 'transformers', relation = 'finetune' } = card;
  const front = [
    '---',
    ...(license === undefined ? [] : [`license: ${JSON.stringify(license)}`]),
    ...(baseOnHub === undefined
      ? []
      : [`base_model: ${JSON.stringify(baseOnHub)}`, `base_model_relation: ${relation}`]),
    `library_name: ${library}`,
    'tags: [tunesmith]',
    '---',
  ];
  const terms =
    license === undefined
      ? 'The files of the base state no license: look where it came from.'
      : `The base states \`${license}\`; what it asks of models made from it holds here.`;
  const sections = [
    front.join('\n'),
    `# ${line(title)}`,
    `${made[relation]} by Tunesmith ${relation === 'adapter' ? 'for' : 'from'} \`${line(base)}\`.`,
    rows(['', ''], facts),
    '## License',
    terms,
    ...(data.length === 0 ? [] : ['## Data', rows(['source', 'rows'], data)]),
    ...(scores.length === 0 ? [] : ['## Scores', rows(columns, scores.map(scoreRow)), remark]),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** What was done to the base, in a word or two. */
const made = { finetune: 'Tuned', adapter: 'An adapter, tuned', quantized: 'Converted' } as const;

const columns = ['task', 'metric', 'base', 'this model', 'difference'];

const remark =
  'Measured on instances that were held out from training; differences with their 95 % intervals, paired by instance.';

function scoreRow({ task, metric, before, after, difference }: TaskScore): string[] {
  const interval =
    difference?.low === undefined || difference.high === undefined
      ? ''
      : ` (${readable(difference.low)} to ${readable(difference.high)})`;
  return [
    task,
    metric,
    before ? readable(before.value) : '',
    after ? readable(after.value) : '',
    difference ? `${readable(difference.value)}${interval}` : '',
  ];
}

/** A table of Markdown. */
function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => line(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...body.map(row)].join('\n');
}

function line(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
