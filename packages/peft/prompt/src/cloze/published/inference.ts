import type { ClozeTask } from '../task.ts';

const judged = { entailment: 'Right', neutral: 'Maybe', contradiction: 'Wrong' };
const affirmed = { entailment: 'Yes', neutral: 'Maybe', contradiction: 'No' };

/** Natural language inference over genres: MultiNLI, three classes, two verbalizers. */
export const mnli: ClozeTask = {
  name: 'mnli',
  description: 'Whether a hypothesis follows from a premise.',
  fields: ['premise', 'hypothesis'],
  words: affirmed,
  patterns: [
    { name: 'quoted-right', text: '"{premise}"? {mask}, "{hypothesis}"', words: judged },
    { name: 'plain-right', text: '{premise}? {mask}, {hypothesis}', words: judged },
    { name: 'quoted-yes', text: '"{premise}"? {mask}, "{hypothesis}"' },
    { name: 'plain-yes', text: '{premise}? {mask}, {hypothesis}' },
  ],
};

const hypothesisFirst: ClozeTask['patterns'] = [
  { name: 'quoted', text: '"{hypothesis}"? {mask}, "{premise}"' },
  { name: 'plain', text: '{hypothesis}? {mask}, {premise}' },
  { name: 'quoted-stop', text: '"{hypothesis}"? {mask}. "{premise}"' },
  { name: 'plain-stop', text: '{hypothesis}? {mask}. {premise}' },
];

/** Textual entailment: RTE of SuperGLUE, two classes. */
export const rte: ClozeTask = {
  name: 'rte',
  description: 'Whether a hypothesis follows from a premise.',
  fields: ['premise', 'hypothesis'],
  words: { entailment: 'Yes', not_entailment: 'No' },
  patterns: [
    ...hypothesisFirst,
    {
      name: 'true-or-false',
      text: '{premise} question: {hypothesis} True or False? answer: {mask}',
      words: { entailment: 'true', not_entailment: 'false' },
    },
  ],
};

/** CommitmentBank of SuperGLUE, three classes. */
export const cb: ClozeTask = {
  name: 'cb',
  description: 'Whether the author of a premise is committed to a hypothesis.',
  fields: ['premise', 'hypothesis'],
  words: { entailment: 'Yes', neutral: 'Maybe', contradiction: 'No' },
  patterns: [
    ...hypothesisFirst,
    {
      name: 'true-or-false',
      text: '{premise} question: {hypothesis} true, false or neither? answer: {mask}',
      words: { entailment: 'true', neutral: 'neither', contradiction: 'false' },
    },
  ],
};
