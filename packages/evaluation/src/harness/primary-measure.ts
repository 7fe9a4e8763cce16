/** Measures that accompany another one; none of them is what a task is about if there is a choice. */
const secondary = ['loss', 'perplexity', 'token-accuracy', 'accuracy-per-character'];

/**
 * The measure that says most about a task: accuracy where there are choices, else the first metric of its written
 * answers, else the loss.
 */
export function primaryMeasure(scores: Readonly<Record<string, unknown>>): string {
  if ('accuracy' in scores) return 'accuracy';
  return Object.keys(scores).find((name) => !secondary.includes(name)) ?? 'loss';
}
