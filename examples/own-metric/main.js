import { evaluate, exactMatch, instanceTasks, renderEvaluation } from '@tunesmith/evaluation';
import { numberDistance } from './number-distance.js';

const instances = [
  { id: '1', instruction: 'What is 2 + 3?', output: '5' },
  { id: '2', instruction: 'What is 7 + 8?', output: '15' },
  { id: '3', instruction: 'What is 20 + 1?', output: '21' },
];

// Any model with these two functions can be measured; a LanguageModel of @tunesmith/models is one.
const languageModel = {
  logLikelihoods: async () => [],
  generate: async (/** @type {readonly (readonly number[])[]} */ prompts) =>
    prompts.map(() => ({ text: 'I think it is 15.' })),
};
const encoder = {
  prompt: () => [],
  answer: () => ({ context: [], continuation: [] }),
};

const [, task] = instanceTasks('sums', instances);
if (!task) throw new Error('there is nothing to measure');
const evaluation = await evaluate({
  languageModel,
  encoder,
  tasks: [task],
  metrics: [exactMatch, numberDistance],
});
console.log(renderEvaluation(evaluation));
