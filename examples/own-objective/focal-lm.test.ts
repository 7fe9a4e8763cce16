import { testObjective, tinyModel } from '@tunesmith/testing';
import { focalLm } from './focal-lm.ts';

const ids = [
  [3, 5, 7, 9, 2],
  [4, 6, 8],
  [3, 11, 13, 2],
];

testObjective(focalLm, 'answers', {
  model: tinyModel('llama'),
  options: { gamma: 2 },
  records: ids.map((tokens, i) => ({
    id: `${i}`,
    input_ids: tokens,
    labels: tokens.map((id, place) => (place < 2 ? -100 : id)),
  })),
});
