import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import { filtersSchema, mentionSchema } from './mention.ts';

const shared = {
  split: Type.String({
    minLength: 1,
    default: 'train',
    description: 'What the rows are for: train, or the name of an evaluation task such as heldout.',
  }),
  weight: Type.Number({
    exclusiveMinimum: 0,
    default: 1,
    description:
      'How many times each of its training rows is used in an epoch; 0.5 uses half of them, picked by the seed.',
  }),
  limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Use only this many rows.' })),
  held_out: Type.Number({
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0,
    description:
      'Share of the rows taken out of training, by the seed, and given to the evaluation task heldout.',
  }),
  seed: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 2147483647,
      description:
        "Picks this entry's rows, where any are picked; the run's own seed by default. Runs of several seeds are measured on the same rows by it.",
    }),
  ),
  keep_overlap: Type.Boolean({
    default: false,
    description:
      'Train also on rows that stand in the held-out data with the same answer; they are left out otherwise.',
  }),
  meta: Type.Optional(
    Type.Object(
      {},
      {
        additionalProperties: true,
        description:
          "What each record's meta says besides, such as the number of its task: { number: 3 }. It replaces what a record says itself.",
      },
    ),
  ),
  filters: Type.Optional(
    filtersSchema("Data filters that its training rows pass, in order, before the recipe's own."),
  ),
  group: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'The group of the mixture that its rows are in, such as cot/direct.',
    }),
  ),
  template: Type.Optional(
    mentionSchema({ description: "Prompt template for this entry, instead of the recipe's." }),
  ),
};

const templatesSchema = Type.Object(
  {
    from: Type.Union(
      [Type.String({ minLength: 1 }), Type.Object({}, { additionalProperties: true })],
      {
        description:
          "The file of templates, relative to the recipe: promptsource's templates.yaml, or patterns as FLAN publishes them, as YAML or JSON. A run's own recipe has its content.",
        examples: ['super_glue/rte/templates.yaml'],
      },
    ),
    names: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description: "Templates of promptsource, or FLAN's groups, by name; all by default.",
      }),
    ),
    choose: Type.Union([Type.Literal('rotate'), Type.Literal('hash'), Type.Literal('all')], {
      default: 'rotate',
      description:
        'Which template a row is put into words by: each in turn, one by the row and the seed, or all of them, one row after another for each.',
    }),
    truncate: Type.Boolean({
      default: true,
      description:
        'Cut each value that promptsource prints to 2,048 characters, as it does itself.',
    }),
    options: Type.Union(
      [Type.Literal('list'), Type.Literal('letters'), Type.Literal('mixed'), Type.Literal('none')],
      {
        default: 'list',
        description:
          "How FLAN's patterns show the answers to choose from: with dashes, as (A), in a format drawn for each row, or not at all.",
      },
    ),
    inverted: Type.Union([Type.Literal('keep'), Type.Literal('only'), Type.Literal('none')], {
      default: 'keep',
      description:
        'Patterns that show the answer and ask for what belongs to it: with the others, those alone, or none of them.',
    }),
    shots: Type.Integer({
      minimum: 0,
      maximum: 100,
      default: 0,
      description:
        'Solved examples of the same template before each training question, drawn by the seed.',
    }),
    max_words: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'The longest prompt with its examples, in words; the last examples go.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'Puts rows of annotated data into words by the templates of a file.',
  },
);

/** The templates of a `data` entry, with every default written out. */
export type EntryTemplates = Static<typeof templatesSchema>;

const fileSchema = Type.Object(
  {
    path: Type.String({
      minLength: 1,
      description:
        'A file, relative to the recipe: JSON Lines, JSON, CSV, TSV, Parquet, Arrow, YAML or text, also packed by gzip or zstd; a folder or a pattern of such files; an http(s) address; hf://organization/name[@revision][/configuration[/split]] on the hub; - for the standard input.',
      examples: ['rows.jsonl', 'data/*.parquet', 'hf://org/rows/default/train'],
    }),
    layout: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'How its files are laid out, where neither names nor first bytes say it: jsonl, json, csv, tsv, parquet, arrow, yaml, text, document.',
      }),
    ),
    on_error: Type.Union([Type.Literal('fail'), Type.Literal('skip'), Type.Literal('quarantine')], {
      default: 'fail',
      description:
        "What becomes of a row that is malformed, and of the rest of a file that cannot be read on: the run fails, they are counted, or counted and kept in the run's quarantine.jsonl.",
    }),
    format: Type.Optional(
      mentionSchema({
        examples: ['alpaca', 'sharegpt', 'messages', { name: 'oasst', paths: 'all' }],
        description:
          'The dataset adapter that reads its rows; found from the rows where not given.',
      }),
    ),
    columns: Type.Optional(
      Type.Record(Type.String(), Type.String({ minLength: 1 }), {
        description:
          "Columns that are called otherwise than the format's keys: { instruction: question, output: answer }.",
      }),
    ),
    dataset: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The data set to read where path is a dataset_info.json, as LLaMA-Factory describes its files: it says format and columns.',
      }),
    ),
    templates: Type.Optional(templatesSchema),
    ...shared,
  },
  { additionalProperties: false, description: 'Rows of a file.' },
);

const sourceSchema = Type.Object(
  {
    source: mentionSchema({
      description: 'A data source that a plugin brings.',
      examples: [{ name: 'collection', per_task: 500 }],
    }),
    ...shared,
  },
  { additionalProperties: false, description: 'Rows that a plugin makes.' },
);

/** JSON Schema of one `data` entry of a recipe: a file, or a source that a plugin brings. */
export const dataEntrySchema = Type.Union([fileSchema, sourceSchema]);

/** One `data` entry of a recipe, with every default written out. */
export type DataEntry = Static<typeof dataEntrySchema>;

/** A `data` entry that reads a file. */
export type FileEntry = Static<typeof fileSchema>;

/** A `data` entry whose rows a plugin makes. */
export type SourceEntry = Static<typeof sourceSchema>;
