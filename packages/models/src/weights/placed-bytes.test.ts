import { openDevice } from '@tunesmith/runtime/node';
import { expect, test } from 'vitest';
import { golden } from '../../test-support/fixtures.ts';
import { loadModel } from '../node/load.ts';
import { int8Precision } from './int8.ts';
import { placeModel } from './place.ts';
import { placedBytes } from './placed-bytes.ts';

test.each(['llama_wide_heads', 'qwen2_tied', 'gpt2_relu'])(
  'bytes are known before placing: %s',
  async (name) => {
    const model = await loadModel(golden(name));
    const device = await openDevice('tfjs-cpu');
    const exact = await placeModel(model, device);
    expect(placedBytes(model.spec)).toBe(exact.bytes);
    const precision = int8Precision(model.spec, { largest: 127 });
    const rounded = await placeModel(model, device, { precision });
    expect(placedBytes(model.spec, 'int8')).toBe(rounded.bytes);
    expect(rounded.bytes).toBeLessThan(exact.bytes);
    const withHead = int8Precision(model.spec, { largest: 127, head: true });
    const whole = await placeModel(model, device, { precision: withHead });
    expect(placedBytes(model.spec, 'int8', { head: true })).toBe(whole.bytes);
    const inTwo = int8Precision(model.spec, { largest: 127, bytes: 2 });
    const twice = await placeModel(model, device, { precision: inTwo });
    expect(placedBytes(model.spec, 'int16')).toBe(twice.bytes);
    await device.close();
  },
);
