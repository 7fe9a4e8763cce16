import type { TaskExample } from '../super-natural-instructions.ts';

/** Which parts of a task a prompt shows. */
export interface TkInstructOptions {
  readonly definition?: boolean;
  readonly positive?: number;
  readonly negative?: number;
  readonly explanations?: boolean;
}

/**
 * A task and one input as Tk-Instruct's prompt: the definition, examples, the input. Every part is trimmed and gets a full
 * stop where it does not end with an ASCII punctuation mark.
 *
 * @see Wang et al. 2022, Super-NaturalInstructions, appendix; Tk-Instruct, src/ni_collator.py
 */
export function encodeTask(
  definition: string,
  examples: { positive: readonly TaskExample[]; negative: readonly TaskExample[] },
  input: string,
  options: TkInstructOptions,
): string {
  const { definition: defined = true, positive = 2, negative = 0, explanations = false } = options;
  const shown = (kind: string, some: readonly TaskExample[]): string[] =>
    some.map(
      (example, index) =>
        ` ${kind} Example ${index + 1} -\n` +
        `${ended(`Input: ${example.input.trim()}`)}\n` +
        `${ended(` Output: ${example.output.trim()}`)}\n` +
        (explanations && example.explanation !== undefined
          ? `${ended(` Explanation: ${example.explanation.trim()}`)}\n`
          : '') +
        '\n',
    );
  return [
    defined ? `${ended(`Definition: ${definition.trim()}`)}\n\n` : '',
    ...shown('Positive', examples.positive.slice(0, positive)),
    ...shown('Negative', examples.negative.slice(0, negative)),
    `Now complete the following example -\n${ended(`Input: ${input.trim()}`)}\nOutput: `,
  ].join('');
}

function ended(text: string): string {
  return /[!-/:-@[-`{-~]$/.test(text) ? text : `${text}.`;
}
