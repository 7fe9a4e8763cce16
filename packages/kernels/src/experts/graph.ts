import { tf } from '@tunesmith/runtime';
import { reshapeOpen } from '../graph-nodes.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { addTo, amongGathered, gather, gatheredRows } from './gathered-rows.ts';
import type { GatheredRows } from './gathered-rows.ts';
import type { Expert } from './index.ts';
import type { Routing } from './routing.ts';

/** Every expert on the rows that are sent to it. No row is twice in an expert's: scattering adds without collisions. */
export function mixture(x: tf.Tensor, { weights, chosen }: Routing, expert: Expert): tf.Tensor {
  const byExpert = tf.transpose(chosen);
  const rows = Array.from({ length: chosen.shape[1] as number }, (_, index) =>
    gatheredRows(rowOf(byExpert, index)),
  );
  const outputs = dispatch(x, rows).map((own, index) =>
    amongGathered(rows[index]!, () => expert(index, own)),
  );
  return combine(outputs, weights, rows);
}

/** Each expert's rows of x; the gradient adds them up again. */
function dispatch(x: tf.Tensor, rows: readonly GatheredRows[]): tf.Tensor[] {
  return withOwnGradient({
    inputs: { x },
    forward: () => rows.map((own) => gather(x, own)),
    gradient: (dys) => ({
      x: () => dys.reduce((sum, dy, index) => addTo(sum, dy, rows[index]!), tf.zeros(x.shape)),
    }),
  });
}

/** `y_i = Σ_e weight_ie · output_e`; `doutput_e = weight_e ∘ dy`, `dweight_ie = dy_i · output_e`, at the experts' rows. */
function combine(
  outputs: readonly tf.Tensor[],
  weights: tf.Tensor,
  rows: readonly GatheredRows[],
): tf.Tensor {
  const shape = outputs[0]!.shape;
  const weighted = (x: tf.Tensor, byExpert: tf.Tensor, index: number) =>
    tf.mul(x, column(gather(rowOf(byExpert, index), rows[index]!), rows[index]!));
  const [y] = withOwnGradient<string>({
    inputs: { weights, ...Object.fromEntries(outputs.entries()) },
    forward: (save) => {
      save([weights, ...outputs]);
      const byExpert = tf.transpose(weights);
      return [
        outputs.reduce<tf.Tensor>(
          (sum, output, index) => addTo(sum, weighted(output, byExpert, index), rows[index]!),
          tf.zeros(shape),
        ),
      ];
    },
    gradient: ([dy], [weights, ...outputs]) => {
      const byExpert = tf.transpose(weights!);
      const ofOutput = (index: number) => weighted(gather(dy!, rows[index]!), byExpert, index);
      return {
        ...Object.fromEntries(outputs.map((_, index) => [index, () => ofOutput(index)])),
        weights: () => weightGradient(dy!, outputs, rows),
      };
    },
  });
  return y!;
}

function weightGradient(
  dy: tf.Tensor,
  outputs: readonly tf.Tensor[],
  rows: readonly GatheredRows[],
): tf.Tensor {
  const columns = outputs.map((output, index) => {
    const each = tf.sum(tf.mul(gather(dy, rows[index]!), output), 1);
    return addTo(tf.zeros([dy.shape[0] as number]), each, rows[index]!);
  });
  return tf.stack(columns, 1);
}

function rowOf(x: tf.Tensor, index: number): tf.Tensor {
  const width = x.shape[1] as number;
  return tf.reshape(tf.slice(x, [index, 0], [1, width]), [width]);
}

function column(x: tf.Tensor, { indices, count }: GatheredRows): tf.Tensor {
  return reshapeOpen(x, [count, 1], { axis: 0, by: indices });
}
