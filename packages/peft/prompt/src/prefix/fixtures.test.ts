import { testReadAdapter } from '@tunesmith/testing';
import type { PeftMethod } from '@tunesmith/peft';
import { prefixTuning } from './method.ts';

const folder = (name: string): string =>
  new URL(`../../../../testing/fixtures/peft/${name}`, import.meta.url).pathname;

testReadAdapter([prefixTuning as unknown as PeftMethod], {
  folder: folder('llama_prefix'),
  base: folder('base_llama'),
});
