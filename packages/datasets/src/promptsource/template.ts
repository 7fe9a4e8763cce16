import {
  compileJinja,
  promptsourceLanguage,
  stripText,
  type JinjaTemplate,
} from '@tunesmith/jinja';
import type { PromptsourceTemplate } from './read-templates.ts';

/** What a template makes of a record. */
export interface AppliedTemplate {
  /** What stood between `|||`: prompt and answer. One part alone, where the template leaves the record out. */
  readonly parts: readonly string[];
  /** The answers to choose from; null where any answer will do. */
  readonly choices: readonly string[] | null;
}

/** How a template is applied. */
export interface ApplyOptions {
  /** What the filter `choice` draws from: numbers from 0 up to 1. */
  readonly random?: () => number;
}

/** A template of promptsource, ready to be applied to many records. */
export interface CompiledPromptsource {
  readonly template: PromptsourceTemplate;
  /** Fields that it reads off a record, those of its answer choices among them. */
  readonly fields: readonly string[];
  /** The answers to choose from, where they are the same for every record. */
  readonly fixedChoices: readonly string[] | undefined;
  /**
   * Applies it to a record as promptsource's `Template.apply` does.
   *
   * @throws JinjaError naming template and line; for a record with a field `answer_choices`, which stands for the choices
   */
  apply(record: Readonly<Record<string, unknown>>, options?: ApplyOptions): AppliedTemplate;
}

/** Characters of a printed value that promptsource lets through. */
const longestValue = 2048;

/** What stands for `|||` in values while the text is split at it: promptsource's own mark. */
const protector = '3ed2dface8203c4c9dfb1a5dc58e41e0';
const separator = '|||';

function protect(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === 'string' && value.includes(separator)
        ? value.replaceAll(separator, protector)
        : value,
    ]),
  );
}

function unprotect(text: string): string {
  return text.includes(protector) ? text.replaceAll(protector, separator) : text;
}

function strip(text: string): string {
  return stripText(text, undefined, true, true);
}

/** Choices are stripped before the mark goes, parts after it, as promptsource has it. */
function choicesOf(rendered: string): string[] {
  return rendered.split(separator).map((choice) => unprotect(strip(choice)));
}

/**
 * Compiles a template of promptsource: once, for any number of records.
 *
 * @param truncate cut each printed value to 2,048 characters, as promptsource does unless told otherwise
 * @throws JinjaError where the text is not a template
 */
export function compilePromptsource(
  template: PromptsourceTemplate,
  { truncate = true }: { readonly truncate?: boolean } = {},
): CompiledPromptsource {
  const { name, jinja, answerChoices } = template;
  const source = truncate
    ? jinja.replaceAll('}}', ` | string | truncate(${longestValue}) }}`)
    : jinja;
  const prompt = compileJinja(source, promptsourceLanguage, name);
  const choosing =
    answerChoices === null
      ? undefined
      : compileJinja(answerChoices, promptsourceLanguage, `${name}, answer choices`);
  const fixedChoices =
    choosing && choosing.variables.length === 0 ? choicesOf(choosing.render({})) : undefined;
  return {
    template,
    fields: fieldsOf(prompt, choosing),
    fixedChoices,
    apply(record, { random } = {}) {
      const chance = random ? { random } : {};
      const safe = protect(record);
      if (Object.hasOwn(safe, 'answer_choices'))
        throw new TypeError('a record has the field answer_choices, which stands for the choices');
      const choices = fixedChoices ?? (choosing ? choicesOf(choosing.render(safe, chance)) : null);
      const text = prompt.render({ ...safe, answer_choices: choices }, chance);
      return { parts: text.split(separator).map((part) => strip(unprotect(part))), choices };
    },
  };
}

function fieldsOf(prompt: JinjaTemplate, choosing: JinjaTemplate | undefined): string[] {
  const all = new Set([...prompt.variables, ...(choosing?.variables ?? [])]);
  all.delete('answer_choices');
  return [...all];
}
