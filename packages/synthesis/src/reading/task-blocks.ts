/** A task that was written in one go. */
export interface WrittenTask {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
}

/**
 * The tasks of an answer that goes on after `###\n{first}. Instruction:`: blocks between `###`, each with `k. Instruction:`,
 * `k. Input:` and `k. Output:`. A block without one of them is a sentence that says so, and so is the last one of an answer that was cut
 * off.
 *
 * @param first the number that the prompt ended with
 */
export function taskBlocks(text: string, first: number, cutOff: boolean): (WrittenTask | string)[] {
  const begun = /^\s*(?:#{3,}|\d+\s?\.\s*Instruction\s*:)/i.test(text)
    ? text
    : `${first}. Instruction:${text}`;
  const blocks = begun.split(/(?:^|\n)\s*#{3,}[^\n]*/).filter((block) => block.trim() !== '');
  return blocks.map((block, index) => {
    if (cutOff && index === blocks.length - 1) return 'cut off by the limit of tokens';
    const parts =
      /^\s*\d+\s?\.\s*Instruction\s*:([^]*?)\n\s*\d+\s?\.\s*Input\s*:([^]*?)\n\s*\d+\s?\.\s*Output\s*:([^]*)$/i.exec(
        block,
      );
    if (!parts) return 'without instruction, input and output';
    const [instruction, input, output] = parts.slice(1).map((part) => part.trim()) as [
      string,
      string,
      string,
    ];
    if (output === '') return 'without an output';
    return {
      instruction: instruction.replace(/\s+/g, ' '),
      input: /^<?no\s?input>?\.?$/i.test(input) ? '' : input,
      output,
    };
  });
}
