import { unsupported } from '../errors.ts';
import { builtin, type Builtin } from '../signature.ts';
import { float, type Float } from '../values.ts';

function refused(type: string, names: readonly string[]): Record<string, Builtin<never>> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      builtin<never>('*', () => unsupported(`the method ${type}.${name}`)),
    ]),
  );
}

/** The methods of `int` and `bool`. */
export const integerMethods: Readonly<Record<string, Builtin<number>>> = {
  ...refused('int', ['as_integer_ratio', 'bit_count', 'from_bytes', 'to_bytes']),
  conjugate: builtin('/', (_run, self) => self),
  bit_length: builtin('/', (_run, self) => (self === 0 ? 0 : Math.abs(self).toString(2).length)),
};

/** The attributes of `int` and `bool` that are values. */
export const integerValues: Readonly<Record<string, (self: number) => number>> = {
  real: (self) => self,
  imag: () => 0,
  numerator: (self) => self,
  denominator: () => 1,
};

/** The methods of `float`. */
export const floatMethods: Readonly<Record<string, Builtin<Float>>> = {
  ...refused('float', ['as_integer_ratio', 'fromhex', 'hex']),
  conjugate: builtin('/', (_run, self) => self),
  is_integer: builtin('/', (_run, self) => Number.isInteger(self.value)),
};

/** The attributes of `float` that are values. */
export const floatValues: Readonly<Record<string, (self: Float) => Float>> = {
  real: (self) => self,
  imag: () => float(0),
};
