import { normalSource, sfc32 } from '@tunesmith/schema';
import type { LinearSite } from '@tunesmith/models';
import type { Init, InitContext } from '@tunesmith/peft';
import { matrix, multiply, transpose, type Matrix } from '../linear-algebra/matrix.ts';
import { qr } from '../linear-algebra/qr.ts';
import type { Size, Start } from './start.ts';

/**
 * Both matrices random with a product of zero: A takes the odd rows of a random orthogonal `[r, r]` matrix, B the even ones, so
 * that both have gradients from the first step. Values of A and B have deviation about 1 / (10 √2).
 *
 * @see https://datta0.github.io/posts/rethink-lora-init/
 */
export function orthogonalStart(site: LinearSite, { rank }: Size): Start {
  const half = rank / 2;
  // Shared by A and B, and so drawn from the site's name alone.
  const rotation = (): Matrix => {
    const normal = normalSource(sfc32(0, `orthogonal ${site.name}`));
    return qr(matrix(rank, rank, () => normal())).q;
  };
  const every = (first: number): Matrix => {
    const q = rotation();
    return matrix(half, rank, (row, column) => q.data[(2 * row + first) * rank + column]! / 10);
  };
  const drawn = (rows: number, { random }: InitContext): Matrix => {
    const normal = normalSource(random);
    return matrix(rows, half, () => normal());
  };
  const start = (compute: (context: InitContext) => Matrix): Init => ({
    kind: 'computed',
    compute: (context) => Float32Array.from(compute(context).data),
  });
  return {
    a: start((context) => transpose(multiply(drawn(site.in, context), every(0)))),
    b: start((context) => multiply(drawn(site.out, context), every(1))),
  };
}
