import { elementCount } from '../safetensors/format.ts';
import { encodedBytes, type EncodedTensor, type Encoding } from './encoding.ts';
import { missingWeight, type WeightStore } from './store.ts';

/**
 * A store that holds tensors of another one encoded in memory, read and encoded one by one, and decodes what is read.
 *
 * @param encodingOf the encoding of a tensor; one without is read from `base` whenever it is asked for
 */
export async function encodedWeights(
  base: WeightStore,
  encodingOf: (name: string, shape: readonly number[]) => Encoding | undefined,
): Promise<WeightStore> {
  const held = new Map<string, { readonly encoding: Encoding; readonly tensor: EncodedTensor }>();
  for (const name of base.names) {
    const { shape } = base.spec(name);
    const encoding = encodingOf(name, shape);
    if (encoding === undefined) continue;
    const { data } = await base.read(name);
    held.set(name, { encoding, tensor: encoding.encode(data as Float32Array, shape) });
  }
  const readInto: WeightStore['readInto'] = async (name, target, first = 0) => {
    const found = held.get(name);
    if (found) found.encoding.decodeInto(found.tensor, target, first);
    else await base.readInto(name, target, first);
  };
  return {
    names: base.names,
    spec(name) {
      if (!base.names.includes(name)) throw missingWeight(name, base.names);
      const found = held.get(name);
      if (!found) return base.spec(name);
      const { shape } = found.tensor;
      return { shape, encoding: found.encoding.name, bytes: encodedBytes(found.encoding, shape) };
    },
    async read(name) {
      if (!held.has(name)) return base.read(name);
      const { shape } = held.get(name)!.tensor;
      const data = new Float32Array(elementCount(shape));
      await readInto(name, data);
      return { dtype: 'float32', shape, data };
    },
    readInto,
  };
}
