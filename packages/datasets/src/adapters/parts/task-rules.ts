import type { TaskFile } from '../super-natural-instructions.ts';

const requiredKeys = [
  'Contributors',
  'Source',
  'Categories',
  'Input_language',
  'Output_language',
  'Positive Examples',
  'Negative Examples',
];

/** Outputs up to which a task is a classification, whose classes must be balanced. */
const mostClasses = 14;
const leastEntropy = 0.8;

/**
 * What Super-NaturalInstructions demands of a task and this one lacks: more than 25 and at most 6,500 instances, two
 * positive examples and a negative one, an input and an output in each instance, no input twice, none that is a positive
 * example's, more than one output and, of fewer than 15, a normalized entropy above 0.8, a definition that names the
 * languages of inputs other than English. That languages have their names of ISO 639 is not checked.
 *
 * @see natural-instructions, src/test_all.py
 */
export function taskFaults(task: TaskFile): string[] {
  const { Instances: instances } = task;
  const positive = task['Positive Examples'] ?? [];
  const faults = requiredKeys
    .filter((key) => task[key] === undefined)
    .map((key) => `${key} is missing`);
  const demand = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
  demand(instances.length > 25, 'fewer than 26 instances');
  demand(instances.length <= 6500, 'more than 6500 instances');
  demand(positive.length > 1, 'fewer than 2 positive examples');
  demand((task['Negative Examples'] ?? []).length > 0, 'no negative example');
  demand(
    instances.every(({ input }) => input !== ''),
    'an instance without an input',
  );
  const inputs = new Set(instances.map(({ input }) => input));
  demand(inputs.size === instances.length, 'an input that stands twice');
  demand(
    !positive.some(({ input }) => inputs.has(input)),
    'an instance that is a positive example too',
  );
  const counts = new Map<string, number>();
  for (const output of instances.flatMap((instance) => instance.output))
    counts.set(output, (counts.get(output) ?? 0) + 1);
  demand(counts.size > 1, 'one output for all instances');
  if (counts.size > 1 && counts.size <= mostClasses)
    demand(entropyOf([...counts.values()]) > leastEntropy, 'classes that are out of balance');
  const definition = [task.Definition].flat().join('\n');
  const unnamed = (task.Input_language ?? []).filter(
    (language) => language !== 'English' && !definition.includes(language),
  );
  demand(unnamed.length === 0, 'a definition that does not name the language of the inputs');
  return faults;
}

/** The entropy of counts as shares of their sum, divided by its greatest value: between 0 and 1. */
function entropyOf(counts: readonly number[]): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  const entropy = counts
    .map((count) => count / sum)
    .reduce((total, share) => total - share * Math.log(share), 0);
  return entropy / Math.log(counts.length);
}
