import type { PromptTemplate } from '@tunesmith/schema';

/**
 * Headed sections in the manner of Stanford Alpaca's prompt, in words of our own: one line that
 * explains the sections, then Instruction, Input where there is one, and Response.
 */
export const headed: PromptTemplate = {
  specVersion: 1,
  name: 'headed',
  description: 'Sections headed Instruction, Input and Response, in the manner of Alpaca.',
  messages: ({ instruction, input, output }) => [
    {
      role: 'user',
      content: [
        input
          ? 'Carry out the instruction on the input and write the response.'
          : 'Carry out the instruction and write the response.',
        `### Instruction\n${instruction}`,
        ...(input ? [`### Input\n${input}`] : []),
        '### Response',
      ].join('\n\n'),
    },
    { role: 'assistant', content: output },
  ],
};
