import { TunesmithError } from '@tunesmith/schema';
import { countWords } from '../text-of.ts';
import type { RowTemplate } from './row-template.ts';

/** What a template makes of rows, counted. */
export interface TemplateCheck {
  readonly name: string;
  readonly rows: number;
  /** Rows that got a prompt and an answer. */
  readonly filled: number;
  /** Why the others did not, and how many. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Prompts in which the answer stands although no choices do: the answer can be copied. */
  readonly leaks: number;
  /** Prompts longer than is accepted, and the longest one in words. */
  readonly tooLong: number;
  readonly longest: number;
  /** Rows whose choices do not hold the answer, stand twice, or are fewer than two. */
  readonly badChoices: number;
  /** Columns that it reads and rows lack. */
  readonly missing: readonly string[];
}

const problemOf = (error: unknown): string =>
  TunesmithError.is(error) ? error.problems[0]! : String(error);

/**
 * Tries templates on rows: which rows they leave out and why, where the answer leaks into the prompt, how long prompts are, and
 * whether the choices fit the answer.
 *
 * @param maxWords longest prompt that is accepted, in words
 */
export function checkTemplates(
  templates: readonly RowTemplate[],
  rows: readonly Readonly<Record<string, unknown>>[],
  maxWords = 1024,
): TemplateCheck[] {
  return templates.map((template) => {
    const leftOut: Record<string, number> = {};
    const counts = { filled: 0, leaks: 0, tooLong: 0, longest: 0, badChoices: 0 };
    for (const [index, row] of rows.entries()) {
      try {
        const { instruction, output, choices, offered } = template.fill(row, `${index}`);
        const words = countWords(instruction);
        counts.filled += 1;
        counts.longest = Math.max(counts.longest, words);
        if (words > maxWords) counts.tooLong += 1;
        if (offered && !choicesFit(offered, output)) counts.badChoices += 1;
        if (leaks(instruction, output, choices)) counts.leaks += 1;
      } catch (error) {
        const reason = problemOf(error);
        leftOut[reason] = (leftOut[reason] ?? 0) + 1;
      }
    }
    const missing = template.fields.filter(
      (field) => !rows.some((row) => Object.hasOwn(row, field)),
    );
    return { name: template.name, rows: rows.length, ...counts, leftOut, missing };
  });
}

function choicesFit(choices: readonly string[], output: string): boolean {
  return choices.length > 1 && new Set(choices).size === choices.length && choices.includes(output);
}

/** Whether a text stands in another as whole words, upper and lower case alike. */
function stands(text: string, sought: string): boolean {
  const [where, what] = [text.toLowerCase(), sought.toLowerCase()];
  const letter = /[\p{L}\p{N}]/u;
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, at + 1)) {
    const [before = '', after = ''] = [where[at - 1], where[at + what.length]];
    if (!letter.test(before) && !letter.test(after)) return true;
  }
  return false;
}

/** Whether the answer stands in the prompt, and not as one of several answers that stand there. */
function leaks(prompt: string, answer: string, choices: readonly string[] = []): boolean {
  if (answer.length < 2 || !stands(prompt, answer)) return false;
  const others = choices.filter((choice) => choice !== answer);
  return others.length === 0 || !others.every((choice) => stands(prompt, choice));
}
