/** What a task is to be done to, and the answer. */
export interface GeneratedInstance {
  readonly input: string;
  readonly output: string;
}

/**
 * Takes apart the text in which a model wrote instances of a task, as Self-Instruct does.
 *
 * Instances stand after `Example 1` and so on, or one stands alone; of each, the text before `Output:` is the input and the
 * text after it, up to another `Input:`, the output; without `Output:` all of it is the output. Of a classification, an
 * instance begins with `Class label:`, the label is the rest of that line and the input what follows. The last instance of
 * a text that was cut off is dropped, and so are instances without output, whose input is the output, or of which either
 * ends with a colon; two with the same input and different outputs take all with them. Equal ones stand once.
 *
 * @returns the instances, and why others were dropped, once for each
 * @see Wang et al. 2023, Self-Instruct, appendix A; self-instruct, self_instruct/prepare_for_finetuning.py
 */
export function parseGenerated(
  raw: string,
  { classification, cutOff }: { classification: boolean; cutOff: boolean },
): { instances: GeneratedInstance[]; dropped: string[] } {
  const dropped: string[] = [];
  const all = classification ? labeled(raw) : answered(raw.trim());
  if (cutOff && all.length > 0) {
    all.pop();
    dropped.push('the text was cut off');
  }
  const valid = all.filter(({ input, output }) => {
    const fault =
      input === output
        ? 'its input is its output'
        : output === ''
          ? 'it has no output'
          : input.endsWith(':') || output.endsWith(':')
            ? 'its text ends with a colon'
            : undefined;
    if (fault !== undefined) dropped.push(fault);
    return fault === undefined;
  });
  const outputs = new Map<string, string>();
  for (const { input, output } of valid) {
    if (input === '') continue;
    const known = outputs.get(input);
    if (known !== undefined && known !== output)
      return {
        instances: [],
        dropped: [...dropped, ...valid.map(() => 'one input has two outputs')],
      };
    outputs.set(input, output);
  }
  const seen = new Set<string>();
  const instances = valid.filter(({ input, output }) => {
    const key = JSON.stringify([input, output]);
    if (seen.has(key)) {
      dropped.push('it stands twice');
      return false;
    }
    seen.add(key);
    return true;
  });
  return { instances, dropped };
}

const example = /Example\s?\d*\.?/;
const outputMark = /Output\s*\d*\s*:/;
const inputMark = /Input\s*\d*\s*:/;

function answered(raw: string): GeneratedInstance[] {
  if (example.test(raw))
    return raw
      .split(example)
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(inputAndOutput);
  return outputMark.test(raw) ? [inputAndOutput(raw)] : [];
}

function inputAndOutput(text: string): GeneratedInstance {
  const [before, after] = text.split(outputMark);
  const [asked, said] = after === undefined ? ['', before!] : [before!, after];
  return {
    input: asked
      .trim()
      .replace(new RegExp(`^${inputMark.source}`), '')
      .trim(),
    output: said.trim().split(inputMark)[0]!.trim(),
  };
}

function labeled(raw: string): GeneratedInstance[] {
  return raw
    .split('Class label:')
    .slice(1)
    .map((part) => {
      const [label, ...rest] = part.trim().split('\n');
      return { input: rest.join('\n').trim(), output: label!.trim() };
    });
}
