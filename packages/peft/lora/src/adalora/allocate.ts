import type { UpdateScope, Updated } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';
import { linearTargets } from '../targets.ts';
import type { AdaloraConfig } from './config.ts';
import { adaloraNames, stateNames } from './plan.ts';
import { rankSchedule } from './schedule.ts';

/**
 * Takes ranks away after an update. The sensitivity `|p · ∂L/∂p|` of each number has a running mean Ī, and its distance from that
 * mean another, Ū; a triplet counts `Ī Ū` of its singular value plus the means of `Ī Ū` over its two singular vectors. Of all
 * targets' triplets those that count most stay within the budget of the step, and the others' singular values become 0; they may
 * come back until the last allocation.
 */
export function allocateRanks(scope: UpdateScope<AdaloraConfig>): Updated {
  const { config, model, parameters, gradients, state, step, steps } = scope;
  if (config.rank_pattern !== null) return {};
  const sites = linearTargets(model, config);
  const ranks = sites.length * config.init_r;
  const schedule = rankSchedule(config, {
    ranks,
    target: sites.length * config.target_r,
    steps,
  });
  const index = tf.cast(step, 'int32') as tf.Scalar;
  const now = (table: Float32Array): tf.Tensor => tf.gather(tf.tensor1d(table), index);
  const kept: Record<string, tf.Tensor> = {};
  const score = (name: string): tf.Tensor => {
    const { importance, uncertainty } = stateNames(name);
    const measured = runningMeans(config, {
      sensitivity: tf.abs(tf.mul(parameters[name]!, gradients[name]!)),
      importance: state[importance]!,
      uncertainty: state[uncertainty]!,
    });
    kept[importance] = chosen(now(schedule.measures), measured.importance, state[importance]!);
    kept[uncertainty] = chosen(now(schedule.measures), measured.uncertainty, state[uncertainty]!);
    return tf.mul(kept[importance], kept[uncertainty]);
  };
  const scores = sites.map(({ name }) => {
    const { a, b, e } = adaloraNames(name);
    const vectors = tf.add(tf.mean(score(a), 1), tf.mean(score(b), 0));
    return tf.add(tf.reshape(score(e), [-1]), vectors); // [init_r]
  });
  const threshold = lowestOf(tf.concat(scores), now(schedule.budget), ranks);
  const values: Record<string, tf.Tensor> = {};
  sites.forEach(({ name }, i) => {
    const { e } = adaloraNames(name);
    const { pruned } = stateNames(e);
    const isBelow = tf.cast(
      tf.lessEqual(tf.reshape(scores[i]!, [-1, 1]), threshold.value),
      'float32',
    );
    const below = tf.mul(isBelow, threshold.exists);
    kept[pruned] = chosen(now(schedule.prunes), below, state[pruned]!);
    const acts = tf.maximum(now(schedule.prunes), now(schedule.holds));
    values[e] = tf.mul(parameters[e]!, tf.sub(1, tf.mul(kept[pruned], acts)));
  });
  return { parameters: values, state: kept };
}

function runningMeans(
  { beta1, beta2 }: AdaloraConfig,
  of: { sensitivity: tf.Tensor; importance: tf.Tensor; uncertainty: tf.Tensor },
): { importance: tf.Tensor; uncertainty: tf.Tensor } {
  const importance = tf.add(tf.mul(of.importance, beta1), tf.mul(of.sensitivity, 1 - beta1));
  const distance = tf.abs(tf.sub(of.sensitivity, importance));
  return {
    importance,
    uncertainty: tf.add(tf.mul(of.uncertainty, beta2), tf.mul(distance, 1 - beta2)),
  };
}

/** The largest score that does not stay, where any does not. */
function lowestOf(
  scores: tf.Tensor,
  budget: tf.Tensor,
  ranks: number,
): { value: tf.Tensor; exists: tf.Tensor } {
  const { values } = tf.topk(scores, ranks, true);
  const at = tf.minimum(tf.cast(budget, 'int32'), tf.scalar(ranks - 1, 'int32'));
  return {
    value: tf.gather(values, at as tf.Scalar),
    exists: tf.cast(tf.less(budget, ranks), 'float32'),
  };
}

/** `one` where the flag is 1, else `other`. */
function chosen(flag: tf.Tensor, one: tf.Tensor, other: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(one, flag), tf.mul(other, tf.sub(1, flag)));
}
