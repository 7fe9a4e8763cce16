import { testReadAdapter } from '@tunesmith/testing';
import type { PeftMethod } from '@tunesmith/peft';
import { layerNormTuning } from './method.ts';

const folder = (name: string): string =>
  new URL(`../../../../testing/fixtures/peft/${name}`, import.meta.url).pathname;

for (const base of ['llama', 'gpt2'])
  testReadAdapter([layerNormTuning as unknown as PeftMethod], {
    folder: folder(`${base}_ln`),
    base: folder(`base_${base}`),
  });
