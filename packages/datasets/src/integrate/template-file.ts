import { TunesmithError } from '@tunesmith/schema';
import { readPatterns } from '../flan/patterns.ts';
import { isPromptsource, readPromptsource } from '../promptsource/read-templates.ts';
import {
  patternTemplates,
  promptsourceTemplates,
  type PatternSettings,
  type RowTemplate,
} from './row-template.ts';

/** How the templates of a file are used. */
export interface TemplateFileSettings extends PatternSettings {
  /** What the file is called in messages. */
  readonly file: string;
  /** promptsource's templates or FLAN's groups by name; all by default. */
  readonly names?: readonly string[] | undefined;
  /** Cut values that promptsource's templates print to 2,048 characters. */
  readonly truncate: boolean;
}

/** Templates that rows can be put into words by, and what was odd about their file. */
export interface TemplateFile {
  /** What promptsource's templates are of, for `meta.source`: dataset and subset. */
  readonly source: string | undefined;
  readonly templates: readonly RowTemplate[];
  /** Keys that nobody knows, and how often each stands there. */
  readonly unknownKeys: ReadonlyMap<string, number>;
}

/**
 * The templates in the content of a file: promptsource's `templates.yaml`, or patterns as FLAN publishes them.
 *
 * @param content what {@link parseTemplateFile} gives
 * @throws TunesmithError `invalid-templates` naming the file; JinjaError for a template that is none
 */
export function readTemplateFile(content: unknown, settings: TemplateFileSettings): TemplateFile {
  const { file, names } = settings;
  if (!isPromptsource(content)) {
    const patterns = readPatterns(content, file, names);
    const templates = patternTemplates(patterns, settings);
    return { source: undefined, templates: atLeastOne(templates, file), unknownKeys: new Map() };
  }
  const read = readPromptsource(content, file);
  const all = read.templates.map(({ name }) => name);
  const missing = names?.find((name) => !all.includes(name));
  if (missing !== undefined) throw invalid(file, `it has no template "${missing}"`, all);
  const wanted = read.templates.filter(({ name }) => names?.includes(name) ?? true);
  const templates = promptsourceTemplates({ ...read, templates: wanted }, settings);
  return {
    source: read.subset === undefined ? read.dataset : `${read.dataset}/${read.subset}`,
    templates: atLeastOne(templates, file),
    unknownKeys: read.unknownKeys,
  };
}

function atLeastOne(templates: readonly RowTemplate[], file: string): readonly RowTemplate[] {
  if (templates.length === 0) throw invalid(file, 'no template is left');
  return templates;
}

function invalid(file: string, problem: string, accepted?: readonly string[]): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-templates',
    message: `${file}: ${problem}`,
    value: file,
    accepted: accepted ?? 'at least one template',
  });
}
