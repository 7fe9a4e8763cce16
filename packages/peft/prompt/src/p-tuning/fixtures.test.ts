import { testReadAdapter } from '@tunesmith/testing';
import type { PeftMethod } from '@tunesmith/peft';
import { pTuning } from './method.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;

testReadAdapter([pTuning as unknown as PeftMethod], {
  folder: here('../../../../testing/fixtures/peft/qwen3_ptuning_mlp'),
  base: here('../../../../models/test-support/fixtures/qwen3'),
});
