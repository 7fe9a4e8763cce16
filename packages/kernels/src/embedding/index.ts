import { tf } from '@tunesmith/runtime';
import { withOwnGradient } from '../own-gradient.ts';
import { checkShape } from '../shapes.ts';
import * as reference from './reference.ts';

/**
 * Rows of a table by index. The gradient adds the rows of dy back to where they came from; rows that no
 * index names get zeros.
 *
 * @param table `[vocabulary, width]`
 * @param ids `[...]` int32, each in `[0, vocabulary)`
 * @returns `[..., width]`
 * @throws TunesmithError `invalid-shape`
 */
export function embedding(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const { vocabulary, width } = checkShape('embedding', 'table', table, ['vocabulary', 'width']);
  const [y] = withOwnGradient({
    inputs: { table },
    forward: (save) => {
      const flat = tf.reshape(ids, [ids.size]);
      save([flat]);
      return [tf.reshape(tf.gather(table, flat as tf.Tensor1D), [...ids.shape, width as number])];
    },
    gradient: ([dy], [flat]) => ({
      table: () =>
        reference.scatterAdd(
          tf.reshape(dy!, [ids.size, width as number]),
          flat!,
          vocabulary as number,
        ),
    }),
  });
  return y!;
}
