import { expect, test } from 'vitest';
import { samplingOptionsOf } from './generate.ts';

const metaOf = (...meta: string[]): unknown =>
  samplingOptionsOf({ maxNewTokens: 1, temperature: 0, seed: 0, meta }).meta;

test('the adapter that --meta names is its text, whatever it looks like', () => {
  expect(metaOf('adapter=1')).toEqual({ adapter: '1' });
  expect(metaOf('adapter=true')).toEqual({ adapter: 'true' });
  expect(metaOf('adapter=007')).toEqual({ adapter: '007' });
  expect(metaOf('adapter=poems')).toEqual({ adapter: 'poems' });
  expect(metaOf('adapter="1"')).toEqual({ adapter: '1' });
});

test('other values of --meta are YAML', () => {
  expect(metaOf('task=2', 'features=[1, 0]')).toEqual({ task: 2, features: [1, 0] });
});
