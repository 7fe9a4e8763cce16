import { writeFile } from 'node:fs/promises';
import {
  checkTemplates,
  parseTemplateFile,
  readTemplateFile,
  type RowTemplate,
  type TemplateCheck,
} from '@tunesmith/datasets';
import { readRows } from '@tunesmith/datasets/node';
import { TunesmithError } from '@tunesmith/schema';
import { stringify } from 'yaml';
import { checkOutputFile } from '../outputs/check-output.ts';
import { readNear } from '../recipe/read-near.ts';

type Row = Readonly<Record<string, unknown>>;

/** A file of templates, and rows to try them on. */
export interface TemplateTrial {
  /** promptsource's templates.yaml, or patterns as FLAN publishes them. */
  templates: string;
  /** A data file. */
  rows: string;
  /** Use only these templates or groups. */
  names?: readonly string[];
  /** Use only this many rows. */
  limit?: number;
  directory?: string;
}

async function rowsOf(path: string, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  if (limit < 1) return rows;
  for await (const row of readRows(path)) {
    if ('error' in row) throw row.error;
    if (typeof row.value !== 'object' || row.value === null) continue;
    rows.push(row.value as Row);
    if (rows.length >= limit) break;
  }
  return rows;
}

async function opened(
  trial: TemplateTrial,
): Promise<{ templates: readonly RowTemplate[]; rows: Row[]; unknownKeys: string[] }> {
  const read = readNear(trial.directory ?? process.cwd());
  const { file, text } = await read(trial.templates, 'the file of templates');
  const { templates, unknownKeys } = readTemplateFile(parseTemplateFile(text, file), {
    file,
    names: trial.names,
    truncate: true,
    options: 'list',
    inverted: 'keep',
    seed: 0,
  });
  const rows = await rowsOf(trial.rows, trial.limit ?? 1000);
  return { templates, rows, unknownKeys: [...unknownKeys.keys()] };
}

/** A row put into words by a template, or why it was not. */
export interface TemplatePreview {
  template: string;
  row: number;
  instruction?: string;
  output?: string;
  leftOut?: string;
}

/** The first rows, put into words by each template. */
export async function previewTemplates(trial: TemplateTrial): Promise<TemplatePreview[]> {
  const { templates, rows } = await opened({ ...trial, limit: trial.limit ?? 1 });
  return templates.flatMap((template) =>
    rows.map((row, index): TemplatePreview => {
      const place = { template: template.name, row: index + 1 };
      try {
        const { instruction, output } = template.fill(row, `${index}`);
        return { ...place, instruction, output };
      } catch (error) {
        if (!TunesmithError.is(error)) throw error;
        return { ...place, leftOut: error.problems[0]! };
      }
    }),
  );
}

/** What {@link checkTemplateFile} found. */
export interface TemplateFindings {
  checks: TemplateCheck[];
  unknownKeys: string[];
}

/** Tries every template of a file on rows. @param maxWords the longest prompt that is accepted */
export async function checkTemplateFile(
  trial: TemplateTrial,
  maxWords?: number,
): Promise<TemplateFindings> {
  const { templates, rows, unknownKeys } = await opened(trial);
  return { checks: checkTemplates(templates, rows, maxWords), unknownKeys };
}

/**
 * Writes a file with one template of promptsource that shows every column of the first row but the last, which it asks for.
 *
 * @throws TunesmithError `no-rows` where the data has no row of two columns; where the file is there already, unless `overwrite`
 */
export async function newTemplateFile(
  rows: string,
  out: string,
  { name, overwrite = false }: { name: string; overwrite?: boolean },
): Promise<{ file: string; columns: string[] }> {
  const [first = {}] = await rowsOf(rows, 1);
  const columns = Object.keys(first).map((column) => column.replaceAll('-', '_'));
  if (columns.length < 2) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'no-rows',
      message: `${rows} has no row of two columns`,
      value: rows,
      accepted: 'rows with what is asked about, and the answer',
    });
  }
  await checkOutputFile(out, [{ what: 'the data file', path: rows }], { overwrite });
  const answer = columns.includes('answer') ? 'answer' : columns.at(-1)!;
  const shown = columns.filter((column) => column !== answer && column !== 'id');
  const lines = shown.map((column) => `${column}: {{ ${column} }}`);
  const template = {
    name,
    jinja: `${lines.join('\n')}\nWhat is the ${answer}?\n|||\n{{ ${answer} }}`,
    answer_choices: null,
    reference: '',
    metadata: { original_task: true, choices_in_prompt: false, languages: ['en'], metrics: [] },
  };
  await writeFile(out, stringify({ dataset: name, templates: { [name]: template } }));
  return { file: out, columns };
}
