import type { PromptTemplate } from '@tunesmith/schema';

const explanation = {
  ofBoth: 'Carry out the instruction on the input and write the response.',
  ofInstruction: 'Carry out the instruction and write the response.',
};

/**
 * Headed sections in the manner of Stanford Alpaca's prompt, in words of our own: one line that
 * explains the sections, then Instruction, Input where there is one, and Response.
 */
export const headed: PromptTemplate = {
  specVersion: 2,
  name: 'headed',
  description: 'Sections headed Instruction, Input and Response, in the manner of Alpaca.',
  options: {
    type: 'object',
    properties: {
      explained: {
        type: 'boolean',
        default: true,
        description: 'Whether a sentence before the sections says what to do with them.',
      },
    },
    additionalProperties: false,
  },
  messages: ({ instruction, input, output }, { explained = true } = {}) => [
    {
      role: 'user',
      content: [
        ...(explained ? [input ? explanation.ofBoth : explanation.ofInstruction] : []),
        `### Instruction\n${instruction}`,
        ...(input ? [`### Input\n${input}`] : []),
        '### Response',
      ].join('\n\n'),
    },
    { role: 'assistant', content: output },
  ],
};
