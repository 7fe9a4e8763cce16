import { TunesmithError } from '@tunesmith/schema';
import { fewShotDefaults, type FewShotFormat } from './few-shot.ts';

/** A pattern of FLAN: what is asked and what is answered, fields of a row in braces. */
export interface FlanPattern {
  /** Its group and place, such as `rte/3`. */
  readonly name: string;
  readonly inputs: string;
  readonly targets: string;
  /** How exemplars stand before it. */
  readonly fewShot: FewShotFormat;
}

const optionsField = /\n{0,2}\{options_(?:str)?\}/g;

/** A pattern without the answers to choose from, as the Flan Collection derives it: the field goes with the lines before it. */
export function withoutOptions(pattern: FlanPattern): FlanPattern {
  return { ...pattern, inputs: pattern.inputs.replace(optionsField, '') };
}

/** Names of the fields of a text. */
export function fieldsOf(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

/** Whether a pattern shows the answer and asks for what belongs to it (input inversion). */
export function isInverted({ inputs }: FlanPattern, answer = 'answer'): boolean {
  return fieldsOf(inputs).includes(answer);
}

/** A text with the fields of a row in it; what the row lacks stays as it is written. */
export function fillPattern(text: string, fields: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(fields, name) ? fields[name]! : whole,
  );
}

/**
 * The patterns of a file as FLAN publishes them, written as JSON or YAML: groups by name, each a list of `[inputs, targets]`, or of
 * mappings `{ inputs, targets, inputs_prefix?, targets_prefix?, x_y_delimiter?, example_separator?, final_suffix? }`.
 *
 * @param groups those wanted; all by default
 * @throws TunesmithError `invalid-templates` naming file and group
 */
export function readPatterns(
  content: unknown,
  file: string,
  groups?: readonly string[],
): FlanPattern[] {
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw invalid(file, 'it is no mapping of groups');
  const all = Object.entries(content);
  const missing = groups?.find((group) => !Object.hasOwn(content, group));
  if (missing !== undefined)
    throw invalid(file, `it has no group "${missing}"`, Object.keys(content));
  return all
    .filter(([group]) => groups?.includes(group) ?? true)
    .flatMap(([group, patterns]: [string, unknown]) => {
      if (!Array.isArray(patterns)) throw invalid(file, `the group ${group} is no list`);
      return patterns.map((pattern: unknown, index) =>
        patternOf(pattern, `${group}/${index}`, file),
      );
    });
}

const textKeys = [
  'inputs_prefix',
  'targets_prefix',
  'x_y_delimiter',
  'example_separator',
  'final_suffix',
] as const;
const patternKeys: readonly string[] = [
  'inputs',
  'targets',
  'input_pattern',
  'in_template_mix',
  ...textKeys,
];

function patternOf(pattern: unknown, name: string, file: string): FlanPattern {
  if (Array.isArray(pattern)) {
    const [inputs, targets] = pattern as unknown[];
    if (pattern.length !== 2 || typeof inputs !== 'string' || typeof targets !== 'string')
      throw invalid(file, `the pattern ${name} is no pair of texts`);
    return { name, inputs, targets, fewShot: fewShotDefaults };
  }
  const parts = pattern as Readonly<Record<string, unknown>> | null;
  if (typeof parts?.['inputs'] !== 'string' || typeof parts['targets'] !== 'string')
    throw invalid(file, `the pattern ${name} has no inputs or targets`);
  const unknown = Object.keys(parts).find((key) => !patternKeys.includes(key));
  if (unknown !== undefined)
    throw invalid(file, `the pattern ${name} has the key "${unknown}"`, patternKeys);
  const text = (key: (typeof textKeys)[number], fallback: string): string => {
    const value = parts[key] ?? fallback;
    if (typeof value !== 'string') throw invalid(file, `${key} of the pattern ${name} is no text`);
    return value;
  };
  return {
    name,
    inputs: parts['inputs'],
    targets: parts['targets'],
    fewShot: {
      inputsPrefix: text('inputs_prefix', fewShotDefaults.inputsPrefix),
      targetsPrefix: text('targets_prefix', fewShotDefaults.targetsPrefix),
      delimiter: text('x_y_delimiter', fewShotDefaults.delimiter),
      separator: text('example_separator', fewShotDefaults.separator),
      suffix: text('final_suffix', fewShotDefaults.suffix),
    },
  };
}

function invalid(file: string, problem: string, accepted?: readonly string[]): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-templates',
    message: `${file}: ${problem}`,
    value: file,
    accepted: accepted ?? 'groups of patterns by name, each a pair [inputs, targets]',
  });
}
