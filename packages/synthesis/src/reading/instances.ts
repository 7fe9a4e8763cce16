/** What is done to an instruction, and the answer. */
export interface Exchange {
  readonly input: string;
  readonly output: string;
}

/**
 * The examples of an answer that writes inputs first: blocks that begin with `Example 2`, each with `Input:` and `Output:`, or
 * `Output:` alone. An answer without any `Output:` holds none.
 */
export function inputFirst(text: string): Exchange[] {
  return text
    .split(/(?:^|\n)\s*Example\s?\d*\.?:?/i)
    .flatMap((block) => outputsIn(block))
    .filter(isUsable);
}

function outputsIn(block: string): Exchange[] {
  const [before = '', ...after] = block.split(/(?:^|\n)\s*Output\s*\d*\s*:/);
  if (after.length === 0) return [];
  const input = before.replace(/^\s*Input\s*\d*\s*:/, '').trim();
  // a second input without "Example" begins something else
  const output = after[0]!.split(/\n\s*Input\s*\d*\s*:/)[0]!.trim();
  return [{ input: /^(?:none|n\/a|no input)\.?$/i.test(input) ? '' : input, output }];
}

/** The examples of an answer that writes labels first: blocks that begin with `Class label:`, whose first line is the label and the rest the input. */
export function outputFirst(text: string): Exchange[] {
  return text
    .split(/(?:^|\n)\s*Class label\s*:/i)
    .slice(1)
    .map((block) => {
      const [label = '', ...rest] = block.trim().split('\n');
      const input = rest
        .join('\n')
        .replace(/^\s*Input\s*:/i, '')
        .trim();
      return { input, output: label.trim() };
    })
    .filter(isUsable);
}

/** Whether an example says something: an answer that is there, is not the input again, and breaks off nowhere. */
function isUsable({ input, output }: Exchange): boolean {
  return output !== '' && input !== output && !output.endsWith(':') && !input.endsWith(':');
}

/**
 * The examples of one instruction: none where two have the same input and other outputs, as one of them is then wrong; equal ones
 * once.
 */
export function consistent(examples: readonly Exchange[]): Exchange[] {
  const seen = new Map<string, string>();
  const kept: Exchange[] = [];
  for (const example of examples) {
    const output = seen.get(example.input);
    if (output === undefined) {
      seen.set(example.input, example.output);
      kept.push(example);
    } else if (output !== example.output && example.input !== '') return [];
  }
  return kept;
}
