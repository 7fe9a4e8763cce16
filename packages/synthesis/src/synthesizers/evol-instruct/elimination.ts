/** Words of a prompt that a changed instruction must not repeat. */
const leaks = [
  'given prompt',
  'rewritten prompt',
  'new prompt',
  'created prompt',
  'the changed task',
  'changed task:',
  'the new task:',
  'added material',
];

/** Words that carry nothing: an answer of nothing else says nothing. */
const stopWords = new Set(
  'a an and are as at be been but by can could did do does for from had has have he her him his how i if in is it its just me my no not of on or our she so some such than that the their them then there these they this those to too us was we were what when where which who why will with would yes you your'.split(
    ' ',
  ),
);

/** Why a changed instruction failed by its own words; nothing where it may stay. */
export function failedInstruction(text: string, before: string): string | undefined {
  if (text === '') return 'no instruction';
  if (text === before) return 'nothing was changed';
  const lower = text.toLowerCase();
  const leak = leaks.find(
    (words) => lower.includes(words) && !before.toLowerCase().includes(words),
  );
  return leak === undefined ? undefined : `words of the prompt: ${leak}`;
}

/**
 * Why the answer to a changed instruction shows that it failed: a refusal (it says sorry, in fewer than 80 words), or an answer of
 * punctuation and words that carry nothing.
 */
export function failedAnswer(text: string): string | undefined {
  const words = [...text.toLowerCase().matchAll(/[\p{L}\p{N}']+/gu)].map(([word]) => word);
  const isSorry = words.includes('sorry') && words.length < 80;
  if (isSorry) return 'an answer that is sorry';
  if (words.every((word) => stopWords.has(word))) return 'an answer that says nothing';
  return undefined;
}
