import type { Instance, ResponseAnswer } from '@tunesmith/schema';

type Found = { output: string; reason?: undefined } | { reason: string };

/** What is kept of an answer with thoughts, or why nothing is. */
export function alignedAnswer(
  { text, finish }: ResponseAnswer,
  {
    assistant,
    least_words: leastWords,
    record: { instruction, input = '' },
    prompt,
  }: { assistant: string; least_words: number; record: Instance; prompt: string },
): Found {
  const turn = new RegExp(`(?:^|\\n)\\s*${escaped(assistant)}\\s*:`).exec(text);
  if (!turn) return { reason: 'no answer after the thoughts' };
  let output = text.slice(turn.index + turn[0].length);
  const next = /\n\s*User\s*:/.exec(output);
  const cutOff = next === null && finish === 'length';
  if (next) output = output.slice(0, next.index);
  output = withoutRepeats(output).trim();
  // half a sentence at the end of what was cut off is no answer
  if (cutOff) output = output.replace(/[^.!?\n]*$/, '').trim();
  if (output.split(/\s+/).filter(Boolean).length < leastWords) return { reason: 'hardly a word' };
  if (instruction.length > 16 && output.includes(instruction))
    return { reason: 'repeats the instruction' };
  if (input.length > 16 && output.includes(input)) return { reason: 'repeats the input' };
  if (prompt.includes(output)) return { reason: 'an example of the prompt again' };
  return { output };
}

/** A text up to the first piece, between marks of punctuation, that it said before. Pieces of fewer than three words may come again. */
function withoutRepeats(text: string): string {
  const seen = new Set<string>();
  let end = 0;
  for (const [piece] of text.matchAll(/[^.?!;:,`\n]*[.?!;:,`\n]?/g)) {
    const words = piece
      .replace(/[.?!;:,`\n]/g, '')
      .trim()
      .toLowerCase();
    if (words.split(/\s+/).length > 2) {
      if (seen.has(words)) return text.slice(0, end);
      seen.add(words);
    }
    end += piece.length;
  }
  return text;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
