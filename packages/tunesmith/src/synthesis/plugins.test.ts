import { testPlugin } from '@tunesmith/testing';
import { openai, builtInSynthesizers } from '@tunesmith/synthesis';
import { aiSdk } from '../chat-models/ai-sdk.ts';
import { local } from '../chat-models/local.ts';

for (const value of [openai, aiSdk, local]) testPlugin({ kind: 'chat-model', value });
for (const value of builtInSynthesizers) testPlugin({ kind: 'synthesizer', value });
