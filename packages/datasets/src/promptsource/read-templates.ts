import { TunesmithError } from '@tunesmith/schema';
import { parseDocument, type CollectionTag } from 'yaml';

/** What promptsource says about a template besides its text. */
export interface PromptsourceMetadata {
  /** Whether the answers to choose from stand in the prompt; null where nobody said. */
  readonly choicesInPrompt: boolean | null;
  /** Whether it asks what the data was annotated for. */
  readonly originalTask: boolean | null;
  readonly languages: readonly string[];
  readonly metrics: readonly string[];
}

/** One template of a `templates.yaml`. */
export interface PromptsourceTemplate {
  readonly id: string;
  /** Unique in its file. */
  readonly name: string;
  /** The Jinja text; `|||` stands between prompt and answer. */
  readonly jinja: string;
  /** Jinja for the answers to choose from, `|||` between them; null where any answer will do. */
  readonly answerChoices: string | null;
  readonly reference: string;
  readonly metadata: PromptsourceMetadata;
}

/** The templates of a dataset or one of its subsets. */
export interface PromptsourceFile {
  readonly dataset: string;
  readonly subset: string | undefined;
  readonly templates: readonly PromptsourceTemplate[];
  /** Keys that promptsource does not know, and how many templates have each. */
  readonly unknownKeys: ReadonlyMap<string, number>;
}

/** Both tags mark plain mappings. */
const customTags: CollectionTag[] = ['!Template', '!TemplateMetadata'].map((tag) => ({
  tag,
  collection: 'map',
}));

const known = {
  file: ['dataset', 'subset', 'templates'],
  template: ['answer_choices', 'id', 'jinja', 'metadata', 'name', 'reference'],
  metadata: ['choices_in_prompt', 'languages', 'metrics', 'original_task'],
};

type Mapping = Readonly<Record<string, unknown>>;

/**
 * The templates in the content of a `templates.yaml` of promptsource. Keys that promptsource does not know are counted and named.
 *
 * @param content what {@link parseTemplateFile} gives
 * @param file the path, for messages
 * @throws TunesmithError `invalid-templates` naming the file, and the template where it is one's fault
 */
export function readPromptsource(content: unknown, file: string): PromptsourceFile {
  if (!isMapping(content)) throw invalid(file, 'it is no mapping');
  const unknownKeys = new Map<string, number>();
  const count = (value: Mapping, names: readonly string[], where: string): void => {
    for (const key of Object.keys(value)) {
      if (names.includes(key)) continue;
      const name = `${where}${key}`;
      unknownKeys.set(name, (unknownKeys.get(name) ?? 0) + 1);
    }
  };
  count(content, known.file, '');
  const { dataset, subset, templates } = content;
  if (typeof dataset !== 'string') throw invalid(file, `dataset is ${JSON.stringify(dataset)}`);
  if (!isMapping(templates)) throw invalid(file, 'templates is no mapping');
  const read = Object.entries(templates).map(([key, value]) => {
    if (!isMapping(value)) throw invalid(file, `the template ${key} is no mapping`);
    count(value, known.template, 'templates.');
    if (isMapping(value['metadata'])) count(value['metadata'], known.metadata, 'metadata.');
    return templateOf(value, key, file);
  });
  const names = read.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(file, `two templates are named "${twice}"`);
  return {
    dataset,
    subset: typeof subset === 'string' ? subset : undefined,
    templates: read,
    unknownKeys,
  };
}

/** Whether the content of a file of templates is promptsource's. */
export function isPromptsource(content: unknown): boolean {
  return isMapping(content) && 'dataset' in content && isMapping(content['templates']);
}

/**
 * The content of a file of templates in YAML or JSON, with promptsource's tags `!Template` and `!TemplateMetadata`.
 *
 * @throws TunesmithError `invalid-templates` naming file and line
 */
export function parseTemplateFile(text: string, file: string): unknown {
  const document = parseDocument(text, { customTags });
  const [problem] = document.errors;
  if (problem) throw invalid(file, problem.message.split('\n')[0]!);
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}

function templateOf(value: Mapping, key: string, file: string): PromptsourceTemplate {
  const { name, jinja, reference, answer_choices: choices, metadata } = value;
  if (typeof name !== 'string') throw invalid(file, `the template ${key} has no name`);
  if (typeof jinja !== 'string') throw invalid(file, `the template "${name}" has no jinja`);
  if (typeof (choices ?? '') !== 'string')
    throw invalid(file, `answer_choices of the template "${name}" is no text`);
  return {
    id: typeof value['id'] === 'string' ? value['id'] : key,
    name,
    jinja,
    answerChoices: (choices as string | null | undefined) ?? null,
    reference: typeof reference === 'string' ? reference : '',
    metadata: metadataOf(isMapping(metadata) ? metadata : {}),
  };
}

function metadataOf(value: Mapping): PromptsourceMetadata {
  const truth = (given: unknown): boolean | null => (typeof given === 'boolean' ? given : null);
  const words = (given: unknown): string[] =>
    Array.isArray(given) ? given.filter((word) => typeof word === 'string') : [];
  return {
    choicesInPrompt: truth(value['choices_in_prompt']),
    originalTask: truth(value['original_task']),
    languages: words(value['languages']),
    metrics: words(value['metrics']),
  };
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(file: string, problem: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-templates',
    message: `${file}: ${problem}`,
    value: file,
    accepted:
      "promptsource's templates.yaml: dataset, subset and templates, each with name and jinja",
  });
}
