import { JinjaError } from '@tunesmith/jinja';
import {
  createRandom,
  stableHash,
  type DatasetAdapter,
  type Instance,
  type Meta,
} from '@tunesmith/schema';
import { unusable } from '../adapters/parts/unusable-row.ts';
import { fewShotDefaults, type FewShotFormat } from '../flan/few-shot.ts';
import {
  fieldsOf,
  fillPattern,
  isInverted,
  withoutOptions,
  type FlanPattern,
} from '../flan/patterns.ts';
import { writeOptions, type OptionsFormat } from '../flan/options.ts';
import type { PromptsourceFile } from '../promptsource/read-templates.ts';
import { compilePromptsource } from '../promptsource/template.ts';
import type { PhrasingChoice } from './annotated-task.ts';

/** A row of annotated data put into words. */
export interface FilledTemplate {
  readonly instruction: string;
  readonly output: string;
  /** The answers to choose from, where the output is one of them. */
  readonly choices?: readonly string[];
  /** The answers that the template names, whether or not the output is one of them. */
  readonly offered?: readonly string[];
}

/** A way to put rows of annotated data into words. */
export interface RowTemplate {
  readonly name: string;
  /** Columns that it reads. */
  readonly fields: readonly string[];
  readonly fewShot: FewShotFormat;
  /**
   * @param key tells rows apart, where chance plays a part
   * @throws TunesmithError `unusable-row` where the template leaves the row out; what the template says
   */
  fill(row: Readonly<Record<string, unknown>>, key: string): FilledTemplate;
}

/**
 * The templates of a promptsource file as row templates. A row for which a template gives no prompt and answer is left out with
 * the reason, as P3 does.
 *
 * @param options what there is to say
 * @param options.truncate cut printed values to 2,048 characters
 * @param options.seed what `choice` hangs on, beside the row
 */
export function promptsourceTemplates(
  file: PromptsourceFile,
  { truncate, seed }: { readonly truncate: boolean; readonly seed: number },
): RowTemplate[] {
  return file.templates.map((template) => {
    const compiled = compilePromptsource(template, { truncate });
    const { name } = template;
    return {
      name,
      fields: compiled.fields,
      fewShot: fewShotDefaults,
      fill(row, key) {
        const random = createRandom(seed, `${name} ${key}`).next;
        const { parts, choices } = applied(() => compiled.apply(row, { random }));
        const [instruction, output] = parts;
        if (parts.length !== 2 || !instruction)
          throw unusable(`the template "${name}" leaves the row out`, {
            accepted: 'a prompt and an answer with ||| between them',
          });
        if (!output)
          throw unusable(`the template "${name}" gives no answer for the row`, {
            accepted: 'an answer behind |||',
          });
        return {
          instruction,
          output,
          ...(choices ? { offered: choices } : {}),
          ...(choices?.includes(output) ? { choices } : {}),
        };
      },
    };
  });
}

function applied<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof JinjaError && error.reason === 'failed')
      throw unusable(`the template fails: ${error.problems[0]}`, {
        accepted: 'a row that fits it',
      });
    throw error;
  }
}

/** How FLAN's patterns are filled. */
export interface PatternSettings {
  /** The answers to choose from, in one of three formats, or none of them. */
  readonly options: OptionsFormat | 'none';
  /** Patterns that show the answer and ask for the rest: all patterns, those alone, or the others alone. */
  readonly inverted: 'keep' | 'only' | 'none';
  readonly seed: number;
}

/** FLAN's patterns as row templates. `{options_}` stands for the row's column `options`, a list of texts. */
export function patternTemplates(
  patterns: readonly FlanPattern[],
  { options, inverted, seed }: PatternSettings,
): RowTemplate[] {
  return patterns
    .filter((pattern) => inverted === 'keep' || isInverted(pattern) === (inverted === 'only'))
    .map((pattern) => {
      const { name, inputs, targets, fewShot } =
        options === 'none' ? withoutOptions(pattern) : pattern;
      const named = [...new Set([...fieldsOf(inputs), ...fieldsOf(targets)])];
      const shows = named.some((field) => field === 'options_' || field === 'options_str');
      const fields = named.map((field) => (/^options_(str)?$/.test(field) ? 'options' : field));
      return {
        name,
        fields: [...new Set(fields)],
        fewShot,
        fill(row, key) {
          const choices = listOf(row['options']);
          const answer = textOf(row['answer']);
          const format = options === 'none' ? 'list' : options;
          const written = writeOptions(choices ?? [], answer, format, { seed, key });
          const texts = Object.fromEntries(named.map((field) => [field, textOf(row[field])]));
          const all = {
            ...texts,
            ...(shows ? { answer: written.answer } : {}),
            options_: written.text,
            options_str: (choices ?? []).join('\n'),
          };
          const output = fillPattern(targets, all);
          const known = choices?.includes(output) ? { choices } : {};
          return { instruction: fillPattern(inputs, all), output, ...known };
        },
      };
    });
}

function listOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(textOf) : undefined;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : String(value);
}

/** Which template a row gets, and what its records say of themselves. */
export interface TemplateChoice {
  /** `all` is for the caller, who makes an adapter of each template. */
  readonly choose: Exclude<PhrasingChoice, 'all'>;
  readonly seed: number;
  /** What every record's meta says besides its template. */
  readonly meta?: Meta;
}

/**
 * A dataset adapter that puts each row into words by one of the templates: in turn (`rotate`, as FLAN 2021 does), or by a hash of the
 * row's id and the seed (`hash`). Made for one reading: the turn hangs on the rows before.
 */
export function templateAdapter(
  templates: readonly RowTemplate[],
  { choose, seed, meta = {} }: TemplateChoice,
): DatasetAdapter {
  const fields = [...new Set(templates.flatMap((template) => template.fields))];
  let turn = 0;
  return {
    specVersion: 2,
    name: 'templates',
    description: 'Rows of annotated data, put into words by templates.',
    row: {
      type: 'object',
      // Null stays null for a template that asks for it.
      required: fields,
      properties: Object.fromEntries(
        [...fields, 'id', 'options'].map((field) => [field, {}] as const),
      ),
    },
    convert(row, context): Instance {
      const own = row['id'];
      const id = typeof own === 'string' || typeof own === 'number' ? `${own}` : context.id;
      const place = choose === 'rotate' ? turn++ : stableHash(id, `templates ${seed}`);
      const template = templates[place % templates.length]!;
      const { instruction, output, choices } = template.fill(row, id);
      return {
        id: templates.length === 1 ? `${id}/${template.name}` : id,
        instruction,
        output,
        meta: { ...meta, template: template.name, ...(choices ? { choices: [...choices] } : {}) },
      };
    },
  };
}
