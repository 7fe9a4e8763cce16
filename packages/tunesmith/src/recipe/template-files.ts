import { parseTemplateFile } from '@tunesmith/datasets';
import {
  partsOf,
  TunesmithError,
  type EntryTemplates,
  type Mention,
  type PluginOptions,
  type Registry,
  type StageRecipe,
} from '@tunesmith/schema';

/** What reads files for a recipe. */
export interface Reading {
  /** The text of a file, and where it lies. @param what what it is to the recipe, for messages */
  read(path: string, what: string): Promise<{ file: string; text: string }>;
  /** Opened only where an option looks like a path. */
  registry(): Promise<Registry>;
  /** Hears of every file that is read. */
  onFile?(path: string): void;
}

/**
 * A recipe with the content of JSON files in place of their paths, wherever it mentions a template that takes an option so:
 * `template: { name: cloze, task: reviews.json }`; and with the content of the files that entries take `templates` from. What a run's `recipe.yaml` says then repeats the run, wherever the file is by then.
 *
 * @throws TunesmithError `missing-path` naming the places looked at, `invalid-json`, and what the template says against the content,
 * both naming the file
 */
export async function withTemplateFiles<Parts extends Pick<StageRecipe, 'template' | 'data'>>(
  parts: Parts,
  reading: Reading,
): Promise<Parts> {
  const { template, data } = parts;
  const entries: unknown[] = [];
  for (const entry of data ?? [])
    entries.push({
      ...entry,
      ...(entry.template === undefined
        ? {}
        : { template: await filled(entry.template as Mention, reading) }),
      ...('templates' in entry && entry.templates !== undefined
        ? { templates: await withContent(entry.templates, reading) }
        : {}),
    });
  return {
    ...parts,
    ...(template === undefined ? {} : { template: await filled(template as Mention, reading) }),
    ...(data === undefined ? {} : { data: entries }),
  };
}

/** The templates of an entry as a recipe gives them: defaults may be left out. */
type GivenTemplates = Readonly<Partial<Record<keyof EntryTemplates, unknown>>>;

/** The templates of an entry with the content of their file in place of its path. */
async function withContent(
  templates: GivenTemplates,
  { read, onFile }: Reading,
): Promise<GivenTemplates> {
  if (typeof templates.from !== 'string') return templates;
  const { file, text } = await read(templates.from, 'the file of templates');
  onFile?.(file);
  return { ...templates, from: parseTemplateFile(text, file) as object };
}

async function filled(mention: Mention, { read, registry, onFile }: Reading): Promise<Mention> {
  const { name, options } = partsOf(mention);
  if (!Object.values(options).some(isPath)) return mention;
  const template = (await registry()).all('prompt-template').find((one) => one.name === name);
  const content: Record<string, unknown> = {};
  for (const [option, check] of Object.entries(template?.files ?? {})) {
    const path = options[option];
    if (!isPath(path)) continue;
    const { file, text } = await read(path, `the ${option} of the template ${name}`);
    onFile?.(file);
    content[option] = contentOf(text, file);
    check(content[option], file);
  }
  return { name, ...options, ...(content satisfies PluginOptions) };
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.endsWith('.json');
}

function contentOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-json',
      message: `cannot read ${file}: ${(cause as Error).message}`,
      value: file,
      accepted: 'a JSON file',
      cause,
    });
  }
}
