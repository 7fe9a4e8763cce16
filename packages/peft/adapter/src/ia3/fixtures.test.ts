import { testReadAdapter } from '@tunesmith/testing';
import type { PeftMethod } from '@tunesmith/peft';
import { ia3 } from './method.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;
const methods = [ia3 as unknown as PeftMethod];
const folder = (name: string): string => here(`../../../../testing/fixtures/peft/${name}`);

for (const base of ['llama', 'gpt2'])
  testReadAdapter(methods, { folder: folder(`${base}_ia3`), base: folder(`base_${base}`) });
testReadAdapter(methods, {
  folder: folder('t5_ia3'),
  base: here('../../../../models/test-support/fixtures/t5'),
});
