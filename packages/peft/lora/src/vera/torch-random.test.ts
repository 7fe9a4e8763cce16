import { expect, test } from 'vitest';
import { torchRandom } from './torch-random.ts';

// torch.empty(n).uniform_(low, high, generator=torch.Generator().manual_seed(seed)), torch 2.13
test.each([
  [7, -0.5, 1.5, 0, [0.5698450803756714, -0.10239362716674805, 0.8184233903884888]],
  [0, -1, 1, 0, [-0.007486820220947266, 0.5364435911178589, -0.8230451345443726]],
  [0, -1, 1, 1998, [-0.3037341833114624, 0.7534395456314087]],
])(
  'draws what torch draws: seed %i in [%d, %d) from number %i on',
  (seed, low, high, from, expected) => {
    const random = torchRandom(seed);
    const drawn = Array.from({ length: from + expected.length }, () => random.uniform(low, high));
    expect(drawn.slice(from).map(Math.fround)).toEqual(expected);
  },
);
