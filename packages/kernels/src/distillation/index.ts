import { tf } from '@tunesmith/runtime';
import { chainedBack, logits } from '../cross-entropy/logits.ts';
import type { Logits } from '../cross-entropy/logits.ts';
import { isDifferentiating, withOwnGradient } from '../own-gradient.ts';
import { checkArgument, checkShape } from '../shapes.ts';
import type { Dimensions } from '../shapes.ts';

/** Hidden states of some positions and how they become logits. */
export interface VocabularyHead {
  /** `[n, width]`. */
  readonly hidden: tf.Tensor;
  /** `[vocabulary, width]`. */
  readonly weight: tf.Tensor;
  /** `[vocabulary]`. */
  readonly bias?: tf.Tensor | undefined;
  /** Multiplies the logits; 1 if absent. */
  readonly scale?: number | undefined;
  /** The scaled logits z become `softCap · tanh(z / softCap)`. */
  readonly softCap?: number | undefined;
}

/** What the teacher says: logits `[n, vocabulary]`, or the hidden states (of any width) and head that they come from. */
export type TeacherLogits = { readonly logits: tf.Tensor } | VocabularyHead;

/** Everything that is the same for all chunks, and the tensors of all positions. */
interface Prepared {
  readonly student: Logits;
  readonly teacher: { readonly logits: tf.Tensor } | Logits;
  readonly weights: tf.Tensor;
  readonly temperature: number;
  readonly chunk: number;
}

/**
 * How far a student's predictions are from a teacher's: `loss = T² Σ wᵢ KL(softmax(teacherᵢ / T) ‖ softmax(studentᵢ / T))`.
 *
 * T² keeps the size of the gradient as T grows. Positions are handled in chunks, and the gradient of the student's hidden states
 * is found along with the loss: with `D = scale · cap′ ∘ T (softmax(student / T) − softmax(teacher / T))` it is `w ∘ (D W)`. So no
 * `[n, vocabulary]` tensor of the student's is kept, nor one of the teacher's that comes as hidden states. The teacher has no
 * gradient.
 *
 * @param inputs.weights `[n]` float32, ≥ 0; constant
 * @param inputs.temperature T, above 0; 1 if absent
 * @param inputs.chunk positions handled at a time; by default as many as give 2²⁴ logits of each of the two
 * @returns a scalar
 * @throws TunesmithError `invalid-shape`, `invalid-argument`
 * @see Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network, 2015
 */
export function distillationLoss(
  inputs: VocabularyHead & {
    readonly teacher: TeacherLogits;
    readonly weights: tf.Tensor;
    readonly temperature?: number | undefined;
    readonly chunk?: number | undefined;
  },
): tf.Scalar {
  const { n, vocabulary } = checkInputs(inputs) as { n: number; vocabulary: number };
  if (n === 0) return tf.scalar(0);
  const { hidden, weight, bias, teacher, weights, temperature = 1 } = inputs;
  const settings = {
    teacher: 'logits' in teacher ? teacher : headOf(teacher),
    temperature,
    chunk: Math.max(1, inputs.chunk ?? Math.floor(2 ** 24 / vocabulary)),
  };
  const [loss] = withOwnGradient<'hidden' | 'weight' | 'bias'>({
    inputs: { hidden, weight, ...(bias && { bias }) } as Record<
      'hidden' | 'weight' | 'bias',
      tf.Tensor
    >,
    forward: (save) => {
      const prepared = { ...settings, student: headOf(inputs), weights };
      const { loss, dHidden } = forward(prepared, isDifferentiating());
      const ofTeacher = 'logits' in teacher ? [teacher.logits] : [teacher.hidden, teacher.weight, ...(teacher.bias ? [teacher.bias] : [])]; // prettier-ignore
      // The teacher's are saved so that they outlive the call; the gradient finds them where it found them before.
      if (dHidden) save([hidden, weight, weights, dHidden, ...(bias ? [bias] : []), ...ofTeacher]);
      return [loss];
    },
    gradient: ([dLoss], [hidden, weight, weights, dHidden, ...others]) => {
      const student = headOf({ ...inputs, hidden: hidden!, weight: weight!, bias: bias && others[0] }); // prettier-ignore
      const saved = bias ? others.slice(1) : others;
      const own = 'logits' in teacher ? { logits: saved[0]! } : headOf({ ...teacher, hidden: saved[0]!, weight: saved[1]!, bias: saved[2] }); // prettier-ignore
      const prepared = { ...settings, student, teacher: own, weights: weights! };
      return {
        hidden: () => tf.mul(dHidden!, dLoss!),
        weight: () => tf.mul(summed(prepared, weightPart), dLoss!),
        bias: () => tf.mul(summed(prepared, biasPart), dLoss!),
      };
    },
  });
  return loss as tf.Scalar;
}

function forward(
  prepared: Prepared,
  differentiate: boolean,
): { loss: tf.Scalar; dHidden?: tf.Tensor } {
  const losses: tf.Tensor[] = [];
  const gradients: tf.Tensor[] = [];
  forEachChunk(prepared, (part) => {
    const { temperature, weights } = part;
    const student = logits(part.student);
    const own = tf.logSoftmax(tf.div(student.z, temperature));
    const wanted = tf.logSoftmax(tf.div(teacherLogits(part), temperature));
    const each = tf.sum(tf.mul(tf.exp(wanted), tf.sub(wanted, own)), -1);
    losses.push(tf.mul(tf.sum(tf.mul(each, weights)), temperature ** 2));
    if (!differentiate) return;
    const dz = tf.mul(tf.sub(tf.exp(own), tf.exp(wanted)), pull(part));
    gradients.push(tf.matMul(chainedBack(dz, student.slope, part.student), part.student.weight));
  });
  const loss = losses.length === 1 ? losses[0]! : tf.addN(losses);
  const dHidden = gradients.length > 1 ? tf.concat(gradients, 0) : gradients[0];
  return { loss: loss as tf.Scalar, ...(dHidden && { dHidden }) };
}

/** A sum over all chunks, computed anew for a head that trains. */
function summed(
  prepared: Prepared,
  ofPart: (part: Prepared, dProducts: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const parts: tf.Tensor[] = [];
  forEachChunk(prepared, (part) => {
    const student = logits(part.student);
    const own = tf.softmax(tf.div(student.z, part.temperature));
    const wanted = tf.softmax(tf.div(teacherLogits(part), part.temperature));
    const dz = tf.mul(tf.sub(own, wanted), pull(part));
    parts.push(ofPart(part, chainedBack(dz, student.slope, part.student)));
  });
  return parts.length === 1 ? parts[0]! : tf.addN(parts);
}

const weightPart = ({ student }: Prepared, dProducts: tf.Tensor) =>
  tf.matMul(dProducts, student.hidden, true, false);
const biasPart = (_: Prepared, dProducts: tf.Tensor) => tf.sum(dProducts, 0);

/** `T · w`, a column. */
function pull({ weights, temperature }: Prepared): tf.Tensor {
  return tf.mul(tf.expandDims(weights, 1), temperature);
}

function teacherLogits({ teacher }: Prepared): tf.Tensor {
  return 'logits' in teacher ? teacher.logits : logits(teacher).z;
}

function headOf({ hidden, weight, bias, scale = 1, softCap }: VocabularyHead): Logits {
  return { hidden, weight, bias, scale, softCap };
}

/** Calls `visit` for each chunk, of sizes as even as possible. */
function forEachChunk(prepared: Prepared, visit: (part: Prepared) => void): void {
  const { student, teacher, weights, chunk } = prepared;
  const n = weights.size;
  const count = Math.ceil(n / chunk);
  for (let i = 0; i < count; i++) {
    const begin = Math.floor((i * n) / count);
    const size = Math.floor(((i + 1) * n) / count) - begin;
    const rows = (x: tf.Tensor) => (count === 1 ? x : tf.slice(x, begin, size));
    visit({
      ...prepared,
      student: { ...student, hidden: rows(student.hidden) },
      teacher:
        'logits' in teacher
          ? { logits: rows(teacher.logits) }
          : { ...teacher, hidden: rows(teacher.hidden) },
      weights: rows(weights),
    });
  }
}

function checkInputs(inputs: Parameters<typeof distillationLoss>[0]): Dimensions {
  const { teacher, temperature = 1 } = inputs;
  const kernel = 'distillationLoss';
  const dimensions = checkHead(kernel, '', inputs, 'width', {});
  checkShape(kernel, 'weights', inputs.weights, ['n'], dimensions);
  if ('logits' in teacher)
    checkShape(kernel, 'teacher.logits', teacher.logits, ['n', 'vocabulary'], dimensions);
  else checkHead(kernel, 'teacher.', teacher, 'teacherWidth', dimensions);
  checkArgument(kernel, temperature > 0, {
    name: 'temperature',
    value: temperature,
    accepted: 'more than 0',
  });
  return dimensions;
}

function checkHead(
  kernel: string,
  of: string,
  { hidden, weight, bias, softCap }: VocabularyHead,
  width: string,
  dimensions: Dimensions,
): Dimensions {
  checkShape(kernel, `${of}hidden`, hidden, ['n', width], dimensions);
  checkShape(kernel, `${of}weight`, weight, ['vocabulary', width], dimensions);
  if (bias) checkShape(kernel, `${of}bias`, bias, ['vocabulary'], dimensions);
  checkArgument(kernel, softCap === undefined || softCap > 0, {
    name: `${of}softCap`,
    value: softCap,
    accepted: 'more than 0',
  });
  return dimensions;
}
