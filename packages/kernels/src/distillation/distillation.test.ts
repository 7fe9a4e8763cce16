import { expect, test } from 'vitest';
import { tf } from '@tunesmith/runtime';
import { numbers, testKernel } from '../test-support/kernel-cases.ts';
import type { KernelCase } from '../test-support/kernel-cases.ts';
import { distillationLoss } from './index.ts';

const [n, width, vocabulary] = [5, 3, 7];
const weights = { ...numbers([n], 5), data: Float32Array.from([1, 0.5, 2, 0, 1]) };

/** `T² Σ w Σ p (log p − log q)` of logits. */
function plain(student: tf.Tensor, teacher: tf.Tensor, weights: tf.Tensor, temperature: number) {
  const own = tf.logSoftmax(tf.div(student, temperature));
  const wanted = tf.logSoftmax(tf.div(teacher, temperature));
  const each = tf.sum(tf.mul(tf.exp(wanted), tf.sub(wanted, own)), -1);
  return tf.mul(tf.sum(tf.mul(each, weights)), temperature ** 2);
}

const cases: KernelCase[] = [];
for (const chunk of [undefined, 2]) {
  cases.push({
    name: `distillationLoss from teacher logits, chunk ${chunk ?? 'whole'}`,
    inputs: { hidden: numbers([n, width], 1, 2), weight: numbers([vocabulary, width], 2) },
    constants: { logits: numbers([n, vocabulary], 3, 2), weights },
    run: ({ hidden, weight, logits, weights }) =>
      distillationLoss({
        hidden: hidden!,
        weight: weight!,
        teacher: { logits: logits! },
        weights: weights!,
        temperature: 2,
        chunk,
      }),
    composed: ({ hidden, weight, logits, weights }) =>
      plain(tf.matMul(hidden!, tf.transpose(weight!)), logits!, weights!, 2),
  });
}
cases.push({
  name: 'distillationLoss from a wider teacher, with bias, scale and soft cap',
  inputs: {
    hidden: numbers([n, width], 1, 2),
    weight: numbers([vocabulary, width], 2),
    bias: numbers([vocabulary], 3),
  },
  constants: {
    wide: numbers([n, 4], 6),
    head: numbers([vocabulary, 4], 7),
    shift: numbers([vocabulary], 8),
    weights,
  },
  run: ({ hidden, weight, bias, wide, head, shift, weights }) =>
    distillationLoss({
      hidden: hidden!,
      weight: weight!,
      bias: bias!,
      scale: 0.8,
      softCap: 2,
      teacher: { hidden: wide!, weight: head!, bias: shift!, scale: 1.5 },
      weights: weights!,
      chunk: 2,
    }),
  composed: ({ hidden, weight, bias, wide, head, shift, weights }) => {
    const product = tf.add(tf.matMul(hidden!, tf.transpose(weight!)), bias!);
    const student = tf.mul(tf.tanh(tf.div(tf.mul(product, 0.8), 2)), 2);
    const teacher = tf.mul(tf.add(tf.matMul(wide!, tf.transpose(head!)), shift!), 1.5);
    return plain(student, teacher, weights!, 1);
  },
});
testKernel(cases);

test('a student that says what its teacher says has lost nothing', () => {
  const hidden = tf.tensor([1, 2, -1, 0.5], [2, 2]);
  const weight = tf.tensor([1, 0, 0, 1, 1, 1], [3, 2]);
  const teacher = { logits: tf.matMul(hidden, weight, false, true) };
  const loss = distillationLoss({ hidden, weight, teacher, weights: tf.ones([2]), temperature: 3 });
  expect(loss.dataSync()[0]).toBeCloseTo(0, 6);
});

test('refuses a teacher of another vocabulary', () => {
  const inputs = { hidden: tf.zeros([2, 3]), weight: tf.zeros([5, 3]), weights: tf.ones([2]) };
  expect(() => distillationLoss({ ...inputs, teacher: { logits: tf.zeros([2, 4]) } })).toThrow(
    /teacher.logits is \[2,4\]; accepted: \[n = 2, vocabulary = 5\]/,
  );
});
