import { readEveryWeight } from '../weights/store.ts';
import { type HostTensor } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { describe, expect, test } from 'vitest';
import { loadModel } from '../node/load.ts';
import {
  floats,
  golden,
  idRows,
  peftFixture,
  worstDifference,
} from '../../test-support/fixtures.ts';
import { logits } from './head.ts';

function int32(rows: number[][]): HostTensor {
  return {
    dtype: 'int32',
    shape: [rows.length, rows[0]!.length],
    data: Int32Array.from(rows.flat()),
  };
}

const cases: [directory: string, expected: string, tensor: string][] = [
  ...[
    ['base_llama', 'llama_lora'],
    ['base_qwen2', 'qwen2_lora_bias_all'],
    ['base_gpt2', 'gpt2_lora'],
  ].map(([base, adapter]): [string, string, string] => [
    peftFixture(base!),
    peftFixture(adapter!),
    'base_logits',
  ]),
  ...[
    'llama_llama3_rope',
    'llama_yarn_rope',
    'llama_linear_rope_older_keys',
    'llama_rope_keys_side_by_side',
    'llama_relu2',
    'mistral_mish',
    'gpt2_quick_gelu',
    'gpt2_tanh',
    'llama_tied_biases',
    'llama_wide_heads',
    'llama_bfloat16',
    'llama_float16_sharded',
    'mistral',
    'qwen2_tied',
    'gpt2_relu',
    'gpt2_without_prefix',
  ].map((name): [string, string, string] => [golden(name), golden(name), 'logits']),
];

for (const deviceName of ['tfjs-cpu', 'cpu']) {
  describe(`on ${deviceName}, logits equal those of transformers`, () => {
    test.for(cases)('%s', async ([directory, reference, tensor]) => {
      const device = await openDevice(deviceName);
      const model = await loadModel(directory);
      const expected = `${reference}/expected.safetensors`;
      const ids = await idRows(expected);
      const run = device.jit('logits', ({ ids, positions, segmentIds, ...parameters }) => ({
        logits: logits(
          model,
          parameters,
          { ids: ids!, positions: positions!, segmentIds: segmentIds! },
          {},
        ),
      }));
      const outputs = await run({
        ...(await readEveryWeight(model.weights)),
        ids: int32(ids),
        positions: int32(ids.map((row) => row.map((_, i) => i))),
        segmentIds: int32(ids.map((row) => row.map(() => 1))),
      });
      const { data } = await device.read(outputs['logits']!);
      expect(worstDifference(data, await floats(expected, tensor))).toBeLessThan(1e-4);
      await device.close();
    });
  });
}
