import { testReadAdapter } from '@tunesmith/testing';
import type { PeftMethod } from '@tunesmith/peft';
import { prompt } from './method.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;
const methods = [prompt as unknown as PeftMethod];
const folder = (name: string): string => here(`../../../../testing/fixtures/peft/${name}`);

for (const base of ['llama', 'gpt2'])
  testReadAdapter(methods, { folder: folder(`${base}_prompt`), base: folder(`base_${base}`) });
testReadAdapter(methods, {
  folder: folder('t5_prompt'),
  base: here('../../../../models/test-support/fixtures/t5'),
});
