/** The operators that make an instruction deeper, and the one that writes a new one beside it. */
export const depths = [
  'constraints',
  'deepening',
  'concretizing',
  'reasoning',
  'complicated_input',
] as const;
/** Every operator. */
export const operators = [...depths, 'breadth'] as const;

/** A way to change an instruction. */
export type Operator = (typeof operators)[number];

const rewrite = (
  how: string,
): string => `You change tasks for an assistant so that they are harder to do well, and still make sense and can be done by people.

${how}
Keep what the task is about and everything that it gives to work with, tables and code among it. Add no more than 10 to 20 words. Do not do the task, and write nothing but the changed task: no heading, no remark, none of these words of mine.

The task:
{instruction}

The changed task:`;

/** The words of Evol-Instruct, ours. */
export const evolPrompts = {
  constraints: rewrite('Add one more condition or demand that the answer has to meet.'),
  deepening: rewrite(
    'Where it asks about something, let it ask for more of its depth and breadth.',
  ),
  concretizing: rewrite('Put more particular things in place of general ones.'),
  reasoning: rewrite(
    'Where a few simple steps of thought would do, let it ask for several steps in so many words.',
  ),
  complicated_input: rewrite(
    'Add material for it to work on, such as a small table, a piece of JSON, code, or a formula, and let it ask for something about that. Here the added material does not count as words.',
  ),
  breadth: `Write one new task for an assistant. It belongs to the same field as the task below, is rarer, and about as long and as hard. It makes sense, and people can do it. Do not do it, and write nothing but the task: no heading, no remark, none of these words of mine.

The task:
{instruction}

The new task:`,
  equal: `Two tasks for an assistant:

First: {first}

Second: {second}

Are they the same in what they demand, and in how deep and how broad the question goes? Answer with Equal or Different alone.`,
  answer: '{instruction}',
};
