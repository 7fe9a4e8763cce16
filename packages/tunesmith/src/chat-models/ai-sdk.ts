import { TunesmithError, type ChatModelPlugin } from '@tunesmith/schema';
import { aiSdkChatModel, type GenerateText } from '@tunesmith/synthesis';
import { importInstalled } from '../plugins/packages.ts';

/** Models of the Vercel AI SDK, by the package of their provider, which is installed beside `ai`. */
export const aiSdk: ChatModelPlugin = {
  specVersion: 2,
  name: 'ai-sdk',
  description:
    'A model of the Vercel AI SDK: its packages ai and that of the provider are installed apart.',
  options: {
    type: 'object',
    required: ['provider', 'model'],
    additionalProperties: false,
    properties: {
      provider: {
        type: 'string',
        minLength: 1,
        description: 'The package of the provider: @ai-sdk/anthropic.',
      },
      export: {
        type: 'string',
        minLength: 1,
        description:
          "What it exports the provider as; the last part of the package's name where it is absent.",
      },
      model: { type: 'string', minLength: 1, description: 'The model as the provider names it.' },
    },
  },
  async open(options) {
    const { provider, model, ...rest } = options as {
      provider: string;
      model: string;
      export?: string;
    };
    const name = rest.export ?? provider.split('/').at(-1)!;
    const { generateText } = (await importInstalled('ai', 'ai and the provider')) as {
      generateText?: GenerateText;
    };
    const found = (await importInstalled(provider, 'ai and the provider'))[name];
    if (typeof generateText !== 'function' || typeof found !== 'function')
      throw new TunesmithError({
        package: 'tunesmith',
        code: 'no-provider',
        message:
          typeof found === 'function'
            ? 'the package "ai" has no generateText'
            : `"${provider}" exports no provider "${name}"`,
        value: name,
        accepted:
          'the package ai in version 5 or 6, and export: what the provider is called in its package',
      });
    return aiSdkChatModel((found as (id: string) => unknown)(model), generateText);
  },
};
