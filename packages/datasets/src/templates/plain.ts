import type { PromptTemplate } from '@tunesmith/schema';

/** The instruction, and the input below it after an empty line, as the user's turn. Nothing else. */
export const plain: PromptTemplate = {
  specVersion: 2,
  name: 'plain',
  description: 'The instruction, an empty line and the input as the user turn.',
  messages: ({ instruction, input, output }) => [
    { role: 'user', content: input ? `${instruction}\n\n${input}` : instruction },
    { role: 'assistant', content: output },
  ],
};
