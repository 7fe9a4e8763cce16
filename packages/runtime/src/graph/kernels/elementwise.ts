import { tf } from '../../tf.ts';
import { unsupported } from '../unsupported.ts';
import { fillOf, recordingTarget, tensorOfValue, valueOf } from '../backend.ts';
import { define, defineValue } from '../define.ts';
import type { Value } from '../graph.ts';
import {
  binary,
  broadcastShape,
  cast,
  sameShape,
  scalar,
  unary,
  where,
  relu,
} from '../operations.ts';

type Binary = 'a' | 'b';

/** Floating-point functions of one tensor that ONNX has; integers go through float32 and back, as in tfjs. */
const floatFunctions: Readonly<Record<string, string>> = {
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cosh: 'Cosh',
  Elu: 'Elu',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  Reciprocal: 'Reciprocal',
  Round: 'Round',
  Sigmoid: 'Sigmoid',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tanh: 'Tanh',
};

/**
 * Functions of an angle. WebGPU promises of sine and cosine an error below 2⁻¹¹ between -π and π, and nothing beyond (WGSL, accuracy of
 * built-in functions), and drivers make use of it: there they are computed in float64, which ONNX Runtime does on the processor, and
 * of the three it has the sine alone.
 */
const periodic: Readonly<Record<string, (angle: Value) => Value>> = {
  Cos: cosine,
  Sin: sine,
  Tan: (angle) => binary('Div', sine(angle), cosine(angle)),
};

function sine(angle: Value): Value {
  return unary('Sin', angle);
}

function cosine(angle: Value): Value {
  return sine(binary('Add', angle, scalar(Math.PI / 2, 'float64')));
}

const comparisons: Readonly<Record<string, string>> = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
  LogicalXor: 'Xor',
};

const arithmetic: Readonly<Record<string, string>> = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
};

/** The operand that leaves the other as it is. */
const neutral: Readonly<Record<string, number>> = { Add: 0, Sub: 0, Multiply: 1, RealDiv: 1 };

/** Registers the kernels that work element by element. */
export function defineElementwise(): void {
  for (const [kernel, op] of Object.entries(floatFunctions)) {
    defineValue<'x'>(kernel, ({ x }) => throughFloat(x, (float) => unary(op, float)));
  }
  for (const [kernel, exactly] of Object.entries(periodic)) {
    defineValue<'x'>(kernel, ({ x }) =>
      recordingTarget() === 'webgpu'
        ? cast(exactly(cast(x, 'float64')), x.element)
        : throughFloat(x, (float) => unary(kernel, float)),
    );
  }
  for (const [kernel, op] of Object.entries(arithmetic)) defineArithmetic(kernel, op);
  for (const [kernel, op] of Object.entries(comparisons)) {
    const logical = kernel.startsWith('Logical');
    defineValue<Binary>(kernel, ({ a, b }) =>
      logical ? binary(op, cast(a, 'bool'), cast(b, 'bool')) : compare(op, a, b),
    );
  }
  defineValue<Binary>('NotEqual', ({ a, b }) => unary('Not', compare('Equal', a, b)));
  defineValue<'x'>('LogicalNot', ({ x }) => unary('Not', cast(x, 'bool')));
  defineValue<Binary>('BitwiseAnd', ({ a, b }) => binary('BitwiseAnd', a, b));

  defineValue<'x'>('Abs', ({ x }) => unary('Abs', numeric(x)));
  defineValue<'x'>('Neg', ({ x }) => unary('Neg', numeric(x)));
  defineValue<'x'>('Sign', ({ x }) => unary('Sign', numeric(x)));
  defineValue<'x'>('Square', ({ x }) => binary('Mul', x, x));
  defineValue<'x'>('Rsqrt', ({ x }) =>
    throughFloat(x, (float) => unary('Reciprocal', unary('Sqrt', float))),
  );
  defineValue<'x'>('Relu', ({ x }) =>
    x.element === 'float32' ? relu(x) : binary('Max', x, scalar(0, x.element)),
  );
  defineValue<'x'>('Relu6', ({ x }) =>
    binary('Min', binary('Max', x, scalar(0, x.element)), scalar(6, x.element)),
  );
  defineValue<'x', { alpha: number }>('LeakyRelu', ({ x }, { alpha }) => {
    const float = cast(x, 'float32');
    return where(
      binary('Less', float, scalar(0), 'bool'),
      binary('Mul', float, scalar(alpha)),
      float,
    );
  });
  defineValue<'x' | 'alpha'>('Prelu', ({ x, alpha }) => {
    const negative = binary('Less', x, scalar(0, x.element), 'bool');
    return where(negative, binary('Mul', x, alpha), x);
  });
  defineValue<'dy' | 'y'>('EluGrad', ({ dy, y }) => {
    const positive = binary('GreaterOrEqual', y, scalar(0), 'bool');
    return where(positive, dy, binary('Mul', dy, binary('Add', y, scalar(1))));
  });
  defineValue<'x'>('Selu', ({ x }) => {
    const attributes = {
      alpha: { float: tf.backend_util.SELU_SCALEALPHA / tf.backend_util.SELU_SCALE },
      gamma: { float: tf.backend_util.SELU_SCALE },
    };
    return throughFloat(x, (float) => unary('Selu', float, 'float32', attributes));
  });
  defineValue<'x', { alpha: number }>('Step', ({ x }, { alpha }) => {
    const step = where(
      binary('Greater', x, scalar(0, x.element), 'bool'),
      scalar(1, x.element),
      scalar(alpha, x.element),
    );
    return x.element === 'float32' ? where(unary('IsNaN', x, 'bool'), x, step) : step;
  });
  defineValue<'x', { clipValueMin: number; clipValueMax: number }>(
    'ClipByValue',
    ({ x }, { clipValueMin, clipValueMax }) =>
      binary(
        'Min',
        binary('Max', x, scalar(clipValueMin, x.element)),
        scalar(clipValueMax, x.element),
      ),
  );
  defineValue<'x'>('IsNan', ({ x }) => unary('IsNaN', cast(x, 'float32'), 'bool'));
  defineValue<'x'>('IsInf', ({ x }) => unary('IsInf', cast(x, 'float32'), 'bool'));
  defineValue<'x'>('IsFinite', ({ x }) => {
    const float = cast(x, 'float32');
    return unary('Not', binary('Or', unary('IsNaN', float, 'bool'), unary('IsInf', float, 'bool')));
  });
  defineValue<'x'>('Log1p', ({ x }) => throughFloat(x, log1p));
  defineValue<'x'>('Expm1', ({ x }) => throughFloat(x, expm1));
  defineValue<Binary>('SquaredDifference', ({ a, b }) => {
    const difference = binary('Sub', a, b);
    return binary('Mul', difference, difference);
  });
  defineValue<Binary>('Pow', ({ a, b }) => binary('Pow', a, b));
  defineValue<Binary>('FloorDiv', ({ a, b }) =>
    // tfjs's quotient is an int32, also of floats.
    a.element === 'int32'
      ? integerDivision(a, b).quotient
      : cast(unary('Floor', binary('Div', a, b)), 'int32'),
  );
  defineValue<Binary>('Mod', ({ a, b }) =>
    a.element === 'int32' ? integerDivision(a, b).remainder : floatModulo(a, b),
  );
  defineValue<Binary>('Atan2', ({ a, b }) => atan2(a, b));
  defineValue<'condition' | 't' | 'e'>('Select', ({ condition, t, e }) => {
    const rows = condition.shape.length === 1 && t.shape.length > 1;
    if (rows) unsupported('Select', 'a condition of rank 1 over rows; broadcast it with tf.where');
    return t.element === 'bool'
      ? cast(where(condition, cast(t, 'uint8'), cast(e, 'uint8')), 'bool')
      : where(condition, t, e);
  });
  defineValue<'x', { dtype: string }>('Cast', ({ x }, { dtype }) => {
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')
      return unsupported('Cast', `to "${dtype}"`);
    return cast(x, dtype);
  });
  define<string>('AddN', ({ inputs }) => {
    const values = Object.values(inputs).map(valueOf);
    return tensorOfValue(values.reduce((sum, value) => binary('Add', sum, value)));
  });
}

function defineArithmetic(kernel: string, op: string): void {
  const unit = neutral[kernel];
  const commutes = kernel === 'Add' || kernel === 'Multiply';
  define<Binary>(kernel, ({ inputs: { a, b } }) => {
    if (a.dtype === 'bool') return tensorOfValue(booleanArithmetic(kernel, valueOf(a), valueOf(b)));
    const shape = broadcastShape(a.shape, b.shape);
    // The value of the other operand in a tensor of its own: one tensor as input and output of a kernel has its gradient counted twice.
    if (unit !== undefined && fillOf(b) === unit && sameShape(a.shape, shape))
      return tensorOfValue(valueOf(a));
    if (unit !== undefined && commutes && fillOf(a) === unit && sameShape(b.shape, shape))
      return tensorOfValue(valueOf(b));
    return tensorOfValue(binary(op, valueOf(a), valueOf(b)));
  });
}

/** tfjs keeps sums of booleans above one inside "bool" tensors; what has no meaning as a boolean is refused. */
function booleanArithmetic(kernel: string, a: Value, b: Value): Value {
  if (kernel === 'Multiply' || kernel === 'Minimum') return binary('And', a, b);
  if (kernel === 'Maximum') return binary('Or', a, b);
  return unsupported(kernel, 'arithmetic on booleans; cast them to int32 first');
}

function compare(op: string, a: Value, b: Value): Value {
  const isOrder = op !== 'Equal';
  return binary(op, isOrder ? numeric(a) : a, isOrder ? numeric(b) : b, 'bool');
}

/** Booleans as integers; other elements as they are. */
function numeric(x: Value): Value {
  return x.element === 'bool' ? cast(x, 'int32') : x;
}

function throughFloat(x: Value, f: (float: Value) => Value): Value {
  return x.element === 'float32' ? f(x) : cast(f(cast(x, 'float32')), x.element);
}

/**
 * log(1 + x), accurate near 0: with u = 1 + x rounded, log(u) · x / (u - 1) cancels the rounding (Kahan). Where the 1 is below
 * half a unit of x's last place it is log(u): graphics cards divide by the reciprocal, and that of the largest numbers is 0 there.
 */
function log1p(x: Value): Value {
  const u = binary('Add', x, scalar(1));
  const log = unary('Log', u);
  const ratio = binary('Div', x, binary('Sub', u, scalar(1)));
  const near = where(binary('Equal', u, scalar(1), 'bool'), x, binary('Mul', log, ratio));
  return where(binary('Less', scalar(2 ** 25), u, 'bool'), log, near);
}

/** exp(x) - 1, accurate near 0: 2t / (1 - t) with t = tanh(x/2). */
function expm1(x: Value): Value {
  const t = unary('Tanh', binary('Mul', x, scalar(0.5)));
  const near = binary('Div', binary('Mul', t, scalar(2)), binary('Sub', scalar(1), t));
  const far = binary('Sub', unary('Exp', x), scalar(1));
  return where(binary('Less', unary('Abs', x), scalar(0.5), 'bool'), near, far);
}

/** Division of int32 rounding down, in float64, where it is exact. Division by zero gives 0, as in JavaScript's integers. */
function integerDivision(a: Value, b: Value): { quotient: Value; remainder: Value } {
  const [dividend, divisor] = [cast(a, 'float64'), cast(b, 'float64')];
  const byZero = binary('Equal', b, scalar(0, 'int32'), 'bool');
  const safe = where(byZero, scalar(1, 'float64'), divisor);
  const floor = unary('Floor', binary('Div', dividend, safe));
  const rest = binary('Sub', dividend, binary('Mul', floor, safe));
  const zero = scalar(0, 'int32');
  return {
    quotient: where(byZero, zero, cast(floor, 'int32')),
    remainder: where(byZero, zero, cast(rest, 'int32')),
  };
}

/** Remainder with the sign of the divisor. */
function floatModulo(a: Value, b: Value): Value {
  const rest = binary('Mod', a, b, 'float32', { fmod: 1 });
  const differs = binary(
    'Less',
    binary('Mul', unary('Sign', rest), unary('Sign', b)),
    scalar(0),
    'bool',
  );
  return where(differs, binary('Add', rest, b), rest);
}

/** Angle of the point (x, y): `Atan` of the quotient, moved to the right quadrant. */
function atan2(y: Value, x: Value): Value {
  const zero = scalar(0);
  const half = scalar(Math.PI / 2);
  const yNegative = binary('Less', y, zero, 'bool');
  const turn = where(yNegative, scalar(-Math.PI), scalar(Math.PI));
  const xIsZero = binary('Equal', x, zero, 'bool');
  const angle = unary('Atan', binary('Div', y, where(xIsZero, scalar(1), x)));
  const quadrant = where(binary('Less', x, zero, 'bool'), binary('Add', angle, turn), angle);
  const vertical = where(
    binary('Equal', y, zero, 'bool'),
    zero,
    where(yNegative, unary('Neg', half), half),
  );
  return where(xIsZero, vertical, quadrant);
}
