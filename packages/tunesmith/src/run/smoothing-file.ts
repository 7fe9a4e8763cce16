import { int8Sites, readWeights, writeSafetensors, type ModelSpec } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import { sha256, TunesmithError, type Files } from '@tunesmith/schema';

/** The file in a run's folder that holds what a run in int8 multiplies the inputs of its maps by before it rounds them. */
export const smoothingName = 'int8-smoothing.safetensors';

/** What the inputs of each linear map are multiplied by before they are rounded, by the weight's name. */
export type Smoothing = ReadonlyMap<string, HostTensor>;

/** Writes into a run's folder the factors that it calibrated in int8, so that whoever uses what it tuned has the very same. */
export async function writeSmoothing(run: Files, smoothing: Smoothing): Promise<void> {
  const metadata = { precision: 'int8' };
  await writeSafetensors(run, smoothingName, Object.fromEntries(smoothing), metadata);
}

/**
 * Reads the factors of a run in int8. Maps that read one tensor share theirs again.
 *
 * @throws TunesmithError `invalid-file` where they are not those of this model; what opening the file throws
 */
export async function readSmoothing(run: Files, spec: ModelSpec): Promise<Smoothing> {
  const read = await readWeights(run, smoothingName);
  const known = new Map<string, HostTensor>();
  const smoothing = new Map<string, HostTensor>();
  const names = Object.keys(read);
  for (const { weight, in: width } of int8Sites(spec)) {
    const tensor = read[weight];
    if (names.length === 0) break;
    if (tensor?.shape.length !== 1 || tensor.shape[0] !== width)
      throw foreign(run.locate(smoothingName), weight, width);
    const key = sha256(tensor.data);
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
