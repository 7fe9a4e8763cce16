import type { HostTensor } from '@tunesmith/runtime';
import type { Files } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import { elementCount, type SafetensorsTensor, type SafetensorsType } from './format.ts';
import { float32ToBfloat16, float32ToFloat16 } from './half.ts';
import { buildHeader } from './header.ts';

/** The type floating tensors are stored in. */
export type FloatingType = 'float32' | 'float16' | 'bfloat16';

const stored = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' } as const satisfies Record<
  FloatingType,
  SafetensorsType
>;

/** A tensor that is read when its turn to be written comes, so that a file may be larger than memory. */
export interface PendingTensor {
  readonly dtype: 'float32';
  readonly shape: readonly number[];
  read(): Promise<HostTensor>;
}

/** The type under which a tensor is written. */
function storedType(
  tensor: Pick<HostTensor | SafetensorsTensor, 'dtype'>,
  floating: FloatingType,
): SafetensorsType {
  switch (tensor.dtype) {
    case 'float32':
      return stored[floating];
    case 'int32':
      return 'I32';
    case 'bool':
      return 'BOOL';
    case 'int8':
      return 'I8';
    case 'uint8':
      return 'U8';
    default:
      return tensor.dtype;
  }
}

/** The bytes of a tensor; narrowed copies exist one tensor at a time. */
function storedBytes(tensor: HostTensor | SafetensorsTensor, floating: FloatingType): Uint8Array {
  let data: ArrayBufferView = tensor.data;
  if (tensor.dtype === 'float32' && floating !== 'float32') {
    data = (floating === 'float16' ? float32ToFloat16 : float32ToBfloat16)(
      tensor.data as Float32Array,
    );
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Writes a safetensors file atomically: see {@link Files.write}.
 *
 * @param files the folder it is to lie in
 * @param name its path there
 * @param tensors by name: the runtime's tensors, tensors as a file holds them, or tensors that are read one by one
 * @param metadata strings for `__metadata__`; `{ format: 'pt' }` is what Hugging Face's loaders expect, and the default
 * @param options `floating`: the type that float32 tensors of the runtime are stored in, rounded to nearest even
 * @throws `wrong-element-count` where a shape does not fit its data; `write-failed`
 */
export async function writeSafetensors(
  files: Files,
  name: string,
  tensors: Readonly<Record<string, HostTensor | SafetensorsTensor | PendingTensor>>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
  options: { readonly floating?: FloatingType } = {},
): Promise<void> {
  const floating = options.floating ?? 'float32';
  const described = new Map<string, { dtype: SafetensorsType; shape: readonly number[] }>();
  for (const [key, tensor] of Object.entries(tensors)) {
    if (!('read' in tensor)) checkCount(key, tensor.shape, tensor.data.length);
    described.set(key, { dtype: storedType(tensor, floating), shape: tensor.shape });
  }
  const { bytes, order } = buildHeader(described, metadata);
  await files.write(name, async (write) => {
    await write(bytes);
    for (const key of order) {
      const found = tensors[key]!;
      const tensor = 'read' in found ? await found.read() : found;
      if ('read' in found) checkCount(key, found.shape, tensor.data.length);
      await write(storedBytes(tensor, floating));
    }
  });
}

function checkCount(name: string, shape: readonly number[], found: number): void {
  if (elementCount(shape) === found) return;
  throw modelsError({
    code: 'wrong-element-count',
    message: `tensor "${name}" of shape [${shape.join(', ')}] has ${found} elements`,
    value: found,
    accepted: String(elementCount(shape)),
  });
}
