import type { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { checkArgument, checkShape } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';
import type { Routing } from './routing.ts';

export { loadBalancingLoss, route } from './routing.ts';
export type { RouterDecision, Routing } from './routing.ts';

const use = kernelTable({ eager: reference, graph });

/**
 * What one expert makes of rows, `[m, width]` to `[m, out]`, row by row. m is at most the number of rows of `experts`: where the
 * device gathers, only as many as the run sends to the expert, so the function must not write m into what it computes: products,
 * element-wise operations, sums and reshapes that keep the rows are fine.
 */
export type Expert = (expert: number, rows: tf.Tensor) => tf.Tensor;

/**
 * A mixture of experts: `y_i = Σ_e weight_ie · expert_e(x_i)` over the experts that row i is sent to.
 *
 * While a graph is recorded each expert gets the rows that the run sends to it, and no others are computed. Eagerly every expert
 * gets all rows, and the weights of those not sent to it are 0. Both are exact, the masks of `dropout` included, and everything has its gradient: x, the weights and whatever the experts read.
 *
 * @param x `[n, width]`
 * @param routing of `route`
 * @returns `[n, out]`
 * @throws TunesmithError `invalid-shape`, `invalid-argument`
 * @see Shazeer et al., Outrageously Large Neural Networks, 2017
 */
export function experts(x: tf.Tensor, routing: Routing, expert: Expert): tf.Tensor {
  const dimensions = checkShape('experts', 'x', x, ['n', 'width']);
  checkShape('experts', 'weights', routing.weights, ['n', 'experts'], dimensions);
  checkShape('experts', 'chosen', routing.chosen, ['n', 'experts'], dimensions);
  const { n } = dimensions as { n: number };
  return use().mixture(x, routing, (index, rows) => {
    const y = expert(index, rows);
    checkArgument('experts', y.rank === 2 && y.shape[0] === n, {
      name: `shape of what expert ${index} returned`,
      value: y.shape,
      accepted: `[${n}, out], a row for each row`,
    });
    return y;
  });
}
