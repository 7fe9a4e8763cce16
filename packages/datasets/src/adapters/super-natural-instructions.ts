import type { DatasetAdapter, Instance } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { idField, text, texts } from './parts/fields.ts';
import { alikeBut } from './parts/several.ts';
import { taskFaults } from './parts/task-rules.ts';
import { encodeTask } from './parts/tk-instruct.ts';
import { unusable } from './parts/unusable-row.ts';
import { instanceOf } from './parts/written.ts';

const example = {
  type: 'object',
  required: ['input', 'output'],
  properties: {
    input: text('What it was done to.'),
    output: text('The answer.'),
    explanation: text('Why it is right, or wrong.'),
  },
} as const;

const textOrTexts = (description: string) =>
  ({
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description,
  }) as const;

/**
 * Task files of Super-NaturalInstructions, `{ Definition, "Positive Examples", "Negative Examples", Instances: [{ id, input,
 * output: […] }], … }`: an instance for each of `Instances`, with the first of its outputs; where there are several, all
 * of them are `meta.references`.
 *
 * With `encoding: definition` the definition is the instruction. With `tk-instruct` the instruction is the whole prompt of
 * Tk-Instruct: definition, the first `positive` and `negative` examples, with their `explanations`, then the input; its
 * five encodings are choices of these numbers. What the benchmark demands of a task and this one lacks is noted.
 *
 * @see Wang et al. 2022, Super-NaturalInstructions; natural-instructions, README and src/test_all.py; Tk-Instruct,
 * src/ni_collator.py
 */
export const superNaturalInstructions: DatasetAdapter = {
  specVersion: 2,
  name: 'super-natural-instructions',
  description:
    'Task files { Definition, Positive Examples, Instances } of Super-NaturalInstructions.',
  document: true,
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      encoding: {
        enum: ['definition', 'tk-instruct'],
        default: 'definition',
        description: 'The instruction is the definition, or the whole prompt of Tk-Instruct.',
      },
      positive: {
        type: 'integer',
        minimum: 0,
        default: 2,
        description: 'How many positive examples the prompt of Tk-Instruct shows.',
      },
      negative: {
        type: 'integer',
        minimum: 0,
        default: 0,
        description: 'How many negative examples it shows.',
      },
      explanations: {
        type: 'boolean',
        default: false,
        description: 'Whether it explains them.',
      },
      definition: {
        type: 'boolean',
        default: true,
        description: 'Whether it begins with the definition.',
      },
    },
  },
  row: {
    type: 'object',
    required: ['Definition', 'Instances'],
    properties: {
      id: idField,
      Definition: {
        anyOf: [
          { type: 'string', minLength: 1 },
          { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
        ],
        description: 'What to do; of several, the first counts.',
      },
      'Positive Examples': { type: 'array', items: example, description: 'Right answers.' },
      'Negative Examples': { type: 'array', items: example, description: 'Wrong answers.' },
      Instances: {
        type: 'array',
        description: 'What to do it to, and the answers.',
        items: {
          type: 'object',
          required: ['input', 'output'],
          properties: {
            id: idField,
            input: text('The input.'),
            output: textOrTexts('The answers.'),
          },
        },
      },
      Contributors: texts('Who made the task.'),
      Source: texts('The data it was made of.'),
      URL: texts('Where that is.'),
      Categories: texts('The families of the task.'),
      Reasoning: texts('The kinds of reasoning.'),
      Domains: texts('The domains.'),
      Input_language: texts('Languages of the inputs.'),
      Output_language: texts('Languages of the outputs.'),
      Instruction_language: texts('Languages of the definition.'),
      'Instance License': texts('Licenses of the instances.'),
    },
  },
  convert(row, context, options = {}) {
    const task = row as unknown as TaskFile;
    const {
      id,
      Definition: definition,
      'Positive Examples': positive = [],
      'Negative Examples': negative = [],
      Instances: instances,
      Contributors: contributors,
      Source: source,
      URL: url,
      Categories: categories,
      Reasoning: reasoning,
      Domains: domains,
      Input_language: inputLanguage,
      Output_language: outputLanguage,
      Instruction_language: instructionLanguage,
      'Instance License': license,
      ...rest
    } = task;
    const encoded = (options as { encoding?: string }).encoding === 'tk-instruct';
    const instruction = [definition].flat()[0]!;
    for (const fault of taskFaults({ ...task, 'Positive Examples': positive }))
      context.note?.(`not as the benchmark demands: ${fault}`);
    if (!encoded && positive.length + negative.length > 0)
      context.note?.(
        "the task's examples are not in the records; encoding: tk-instruct shows them",
      );
    const own = id === undefined ? context.id : `${id}`;
    const meta = extraMeta(rest, {
      task: id === undefined ? taskName(context.id) : `${id}`,
      cluster: categories?.[0],
      source: joinedList(source),
      license: joinedList(license),
      ...(encoded ? { template: 'tk-instruct' } : {}),
      ...named({ categories: categories?.slice(1), contributors, url, reasoning, domains }),
      ...named({
        input_language: inputLanguage,
        output_language: outputLanguage,
        instruction_language: instructionLanguage,
      }),
    }).meta;
    const records = instances.flatMap((instance, index): Instance[] => {
      const references = [instance.output].flat();
      if (references.length === 0) {
        context.note?.('an instance without an output is left out', 'instance-left-out');
        return [];
      }
      return [
        {
          id: instance.id === undefined ? `${own}/${index + 1}` : `${instance.id}`,
          ...(encoded
            ? {
                instruction: encodeTask(
                  instruction,
                  { positive, negative },
                  instance.input,
                  options,
                ),
              }
            : { instruction, ...(instance.input === '' ? {} : { input: instance.input }) }),
          output: references[0]!,
          meta: { ...meta, ...(references.length > 1 ? { references } : {}) },
        },
      ];
    });
    if (records.length === 0)
      throw unusable('Instances holds no instance with an output', {
        accepted: 'at least one instance',
      });
    return records;
  },
  write(record, context) {
    const format = 'super-natural-instructions';
    const { id, instruction, input = '', output, meta } = instanceOf(record, format, context);
    if (meta?.template === 'tk-instruct')
      throw unusable('a prompt of Tk-Instruct is no definition', {
        value: id,
        accepted: 'records read with encoding: definition',
      });
    const { references } = meta ?? {};
    const lists = Object.entries(listColumns).map(([column, key]): [string, unknown] => {
      const said = meta?.[key];
      return [column, said ?? []];
    });
    return {
      ...(meta?.task === undefined ? {} : { id: meta.task }),
      ...Object.fromEntries(lists),
      Source: splitList(meta?.source),
      Categories: [meta?.cluster, ...((meta?.['categories'] as string[] | undefined) ?? [])].filter(
        (category) => category !== undefined,
      ),
      Definition: [instruction],
      'Positive Examples': [],
      'Negative Examples': [],
      Instances: [{ id, input, output: Array.isArray(references) ? references : [output] }],
      'Instance License': splitList(meta?.license),
      ...metaColumn(meta, [
        ...Object.values(listColumns),
        'task',
        'source',
        'cluster',
        'categories',
        'license',
        'references',
      ]),
    };
  },
  join(earlier, later) {
    if (!alikeBut(earlier, later, ['Instances'])) return undefined;
    const [held, added] = [earlier['Instances'], later['Instances']] as [unknown[], unknown[]];
    // The earlier row is the writer's own: adding to it keeps long tasks from being copied again and again.
    held.push(...added);
    return earlier;
  },
};

const listColumns = {
  Contributors: 'contributors',
  URL: 'url',
  Reasoning: 'reasoning',
  Domains: 'domains',
  Input_language: 'input_language',
  Output_language: 'output_language',
  Instruction_language: 'instruction_language',
} as const;

/** The task by the name of its file, `task1564_triviaqa_answer_generation`; of several in a file, with its number. */
function taskName(id: string): string {
  return /([^/\\:]+)\.json(?:\.gz)?#0$/.exec(id)?.[1] ?? id;
}

/** The items of a list in one text; nothing where there are none. */
function joinedList(list: readonly string[] = []): string | undefined {
  return list.length === 0 ? undefined : list.join(', ');
}

function splitList(said: string | undefined): string[] {
  return said === undefined ? [] : said.split(', ');
}

/** The lists that say something. */
function named(lists: Record<string, string[] | undefined>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(lists).flatMap(([key, list]) => (list?.length ? [[key, list]] : [])),
  );
}

/** A task file. */
export interface TaskFile {
  id?: string | number;
  Definition: string | string[];
  'Positive Examples'?: TaskExample[];
  'Negative Examples'?: TaskExample[];
  Instances: { id?: string | number; input: string; output: string | string[] }[];
  Contributors?: string[];
  Source?: string[];
  URL?: string[];
  Categories?: string[];
  Reasoning?: string[];
  Domains?: string[];
  Input_language?: string[];
  Output_language?: string[];
  Instruction_language?: string[];
  'Instance License'?: string[];
  [key: string]: unknown;
}

/** An example of a task, right or wrong. */
export interface TaskExample {
  input: string;
  output: string;
  explanation?: string;
}
