import type { PromptTemplate } from '@tunesmith/schema';

/** The input alone, as the user's turn; an empty turn where there is none. For methods that read the instruction apart, such as HINT. */
export const inputOnly: PromptTemplate = {
  specVersion: 2,
  name: 'input-only',
  description: 'The input alone as the user turn, for methods that read the instruction apart.',
  messages: ({ input = '', output }) => [
    { role: 'user', content: input },
    { role: 'assistant', content: output },
  ],
};
