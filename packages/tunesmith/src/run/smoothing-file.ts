import { int8Sites, type ModelSpec } from '@tunesmith/models';
import { readWeights, writeSafetensors } from '@tunesmith/models/node';
import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';

/** What the inputs of each linear map are multiplied by before they are rounded, by the weight's name. */
export type Smoothing = ReadonlyMap<string, HostTensor>;

/** Writes the factors that a run in int8 calibrated, so that whoever uses what it tuned has the very same. */
export async function writeSmoothing(file: string, smoothing: Smoothing): Promise<void> {
  await writeSafetensors(file, Object.fromEntries(smoothing), { precision: 'int8' });
}

/**
 * Reads the factors of a run in int8. Maps that read one tensor share theirs again.
 *
 * @throws TunesmithError `invalid-file` where they are not those of this model; what opening the file throws
 */
export async function readSmoothing(file: string, spec: ModelSpec): Promise<Smoothing> {
  const read = await readWeights(file);
  const known = new Map<string, HostTensor>();
  const smoothing = new Map<string, HostTensor>();
  const names = Object.keys(read);
  for (const { weight, in: width } of int8Sites(spec)) {
    const tensor = read[weight];
    if (names.length === 0) break;
    if (tensor?.shape.length !== 1 || tensor.shape[0] !== width) throw foreign(file, weight, width);
    const { buffer, byteOffset, byteLength } = tensor.data;
    const key = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
    const shared = known.get(key) ?? tensor;
    known.set(key, shared);
    smoothing.set(weight, shared);
  }
  return smoothing;
}

function foreign(file: string, weight: string, width: number): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'invalid-file',
    message: `${file} does not hold the factors of "${weight}", which has ${width} input channels`,
    value: file,
    accepted: 'the file as the run on this model wrote it',
  });
}
