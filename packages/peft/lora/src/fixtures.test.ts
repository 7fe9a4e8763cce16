import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largestDifference, mergeAdapter } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device } from '@tunesmith/runtime';
import { adalora, lora, vera } from './index.ts';
import { fixtureLogits, readPeftFixture } from './test-support/peft-fixtures.ts';

const methods = [lora, adalora, vera];

describe.each([
  'llama_lora',
  'llama_lora_rslora_pattern',
  'llama_lora_dora_all',
  'llama_lora_embed',
  'gpt2_lora',
  'gpt2_lora_dora',
  'qwen2_lora_bias_all',
  'gemma2_dora_rslora',
  'phi3_lora_fused',
  'neox_lora_exclude',
  't5_lora',
  'bart_lora',
  'bert_classifier_lora',
  'llama_vera',
  'qwen3_adalora',
])('an adapter that PEFT wrote: %s', (name) => {
  const open: Device[] = [];
  let device: (name: string) => Promise<Device>;
  beforeAll(() => {
    device = async (kind) => {
      const opened = await openDevice(kind);
      open.push(opened);
      return opened;
    };
  });
  afterAll(() => Promise.all(open.map((opened) => opened.close())));

  it.each(['tfjs-cpu', 'cpu'])('gives the logits that PEFT gives, on %s', async (kind) => {
    const fixture = await readPeftFixture(name);
    const adapter = await loadAdapter(fixture.directory, { model: fixture.base, methods });
    const opened = await device(kind);
    const logits = await fixtureLogits(fixture, opened, fixture.base, [adapter]);
    expect(largestDifference(logits, fixture.logits)).toBeLessThan(1e-4);
    if (!fixture.baseLogits) return;
    const base = await fixtureLogits(fixture, opened, fixture.base);
    expect(largestDifference(base, fixture.baseLogits)).toBeLessThan(1e-4);
  });

  it('gives the same logits once merged', async () => {
    const fixture = await readPeftFixture(name);
    const adapter = await loadAdapter(fixture.directory, { model: fixture.base, methods });
    const opened = await device('tfjs-cpu');
    const merged = await mergeAdapter({ model: fixture.base, adapter, device: opened });
    const logits = await fixtureLogits(fixture, opened, merged);
    expect(largestDifference(logits, fixture.logits)).toBeLessThan(1e-4);
  });
});
