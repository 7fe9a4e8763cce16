import type { Architecture, ModelSpec } from '../model.ts';
import { elementCount } from '../safetensors/format.ts';
import type { WeightFile } from '../weights/weight-file.ts';
import type { CheckpointInventory } from './inventory.ts';

/**
 * A configuration by which the head shares the embedding's table or does not, and which says nothing else that is new.
 *
 * @param architecture reads the configuration
 */
export function retied(
  architecture: Pick<Architecture, 'retied'>,
  configuration: object,
  tied: boolean,
): Readonly<Record<string, unknown>> {
  const own = architecture.retied?.(configuration, tied);
  return { ...configuration, ...own, tie_word_embeddings: tied };
}

/**
 * The specification of a checkpoint, in which its files have the last word on whether the head shares the embedding's table, as in
 * transformers 5: a head that the configuration ties to the table, but that differs from it in the files, stands apart. In
 * families that tie the head whatever the configuration says (`alwaysTied`) it stands apart in that case alone.
 *
 * Where the files hold both, they are compared up to the first difference.
 */
export async function specOfFiles(
  architecture: Architecture,
  configuration: object,
  inventory: CheckpointInventory,
): Promise<ModelSpec> {
  const stated = architecture.spec(configuration);
  if (stated.headKind.kind !== 'vocabulary') return stated;
  if (!stated.tied && architecture.alwaysTied !== true) return stated;
  const tied = stated.tied ? stated : architecture.spec(retied(architecture, configuration, true));
  const isTied = !(await holdsOtherHead(architecture, tied, inventory));
  if (isTied === stated.tied) return stated;
  return isTied ? tied : architecture.spec(retied(architecture, configuration, false));
}

/** A tensor as a file holds it. */
interface Held {
  readonly file: WeightFile;
  readonly name: string;
}

/** Whether files hold a head of the table's shape with other values. */
async function holdsOtherHead(
  { optionalPrefix = '' }: Architecture,
  { head, tensors, copies }: ModelSpec,
  { tensors: files }: CheckpointInventory,
): Promise<boolean> {
  const own = head.ownWeight;
  if (own === undefined) return false;
  const held = (names: readonly string[]): Held | undefined => {
    const all = names.flatMap((name) =>
      name.startsWith(optionalPrefix) ? [name, name.slice(optionalPrefix.length)] : [name],
    );
    const name = all.find((one) => files.has(one));
    return name === undefined ? undefined : { file: files.get(name)!, name };
  };
  const repeated = Object.keys(copies).filter(
    (name) => name !== own && copies[name] === head.weight,
  );
  const [one, other] = [held([own]), held([head.weight, ...repeated])];
  if (!one || !other) return false;
  const { shape } = tensors[head.weight]!;
  const fits = ({ file, name }: Held): boolean => `${file.entries.get(name)!.shape}` === `${shape}`;
  return fits(one) && fits(other) && !(await haveSameValues(one, other, elementCount(shape)));
}

/** Elements that are read at a time. */
const pieceElements = 2 ** 20;

async function haveSameValues(one: Held, other: Held, count: number): Promise<boolean> {
  for (let first = 0; first < count; first += pieceElements) {
    const length = Math.min(pieceElements, count - first);
    const [left, right] = [new Float32Array(length), new Float32Array(length)];
    await one.file.readFloat32Into(one.name, left, first);
    await other.file.readFloat32Into(other.name, right, first);
    if (left.some((value, i) => value !== right[i])) return false;
  }
  return true;
}
