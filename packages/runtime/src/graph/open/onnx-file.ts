import { PbfWriter } from 'pbf';
import type { WriteBytes } from '@tunesmith/schema';
import type { Graph, Value } from '../graph.ts';
import {
  graphField,
  numbersField,
  tensorField,
  valueName,
  writeGraphParts,
  writeModelHead,
  writeOutsideTensor,
  writeTensor,
  writeTensorHead,
  type NameOf,
} from '../onnx.ts';

/** A tensor of an ONNX model whose numbers are made when their turn to be written comes. */
export interface PendingOnnxTensor {
  readonly value: Value;
  readonly byteLength: number;
  /** Writes as many bytes. */
  write(write: WriteBytes): Promise<void>;
}

/** What is written as an ONNX model. */
export interface OnnxModel {
  /** Its constants are written with it. */
  readonly graph: Graph;
  /** Names of values; all others are called by their number. */
  readonly names: ReadonlyMap<Value, string>;
  readonly tensors: readonly PendingOnnxTensor[];
}

/** Where a tensor lies beside a model. */
export interface OnnxPlace {
  readonly file: string;
  readonly offset: number;
}

/** Messages of protocol buffers are below 2 GiB; what is no tensor has room in the rest. */
const largestFile = 1.9e9;

/** Offsets are multiples of it, so that a file can be mapped. */
const alignment = 4096;

/**
 * Where the tensors of a model lie: in it, as long as they all fit, else in files beside it, `<name>_data`, `<name>_data_1` and so
 * on.
 *
 * @param name of the model's file
 * @param limit bytes that a file may hold, 1.9 GB by default; a tensor above it has a file of its own
 * @returns the places of tensors that lie outside, in order
 */
export function placeOnnxTensors(
  name: string,
  tensors: readonly PendingOnnxTensor[],
  limit = largestFile,
): ReadonlyMap<PendingOnnxTensor, OnnxPlace> {
  const places = new Map<PendingOnnxTensor, OnnxPlace>();
  const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (total <= limit) return places;
  let files = 0;
  let end = Infinity;
  for (const tensor of tensors) {
    if (end + tensor.byteLength > limit) {
      files += 1;
      end = 0;
    }
    const number = files === 1 ? '' : `_${files - 1}`;
    places.set(tensor, { file: `${name}_data${number}`, offset: end });
    end = aligned(end + tensor.byteLength);
  }
  return places;
}

/**
 * Writes the model's file: its graph, and one by one the tensors that lie in it.
 *
 * @param places where other files hold tensors
 * @returns where in the written file each of the others begins
 */
export async function writeOnnxFile(
  { graph, names, tensors }: OnnxModel,
  places: ReadonlyMap<PendingOnnxTensor, OnnxPlace>,
  write: WriteBytes,
): Promise<ReadonlyMap<PendingOnnxTensor, number>> {
  const nameOf = (value: Value): string => names.get(value) ?? valueName(value);
  const parts = new PbfWriter();
  writeGraphParts(graph, parts, nameOf, 'tunesmith');
  for (const constant of graph.constants)
    parts.writeMessage(tensorField, writeTensor, { constant, nameOf });
  const inside: { readonly tensor: PendingOnnxTensor; readonly head: Uint8Array }[] = [];
  for (const tensor of tensors) {
    const { value, byteLength: length } = tensor;
    const outside = places.get(tensor);
    if (outside) {
      const place = { location: outside.file, offset: outside.offset, length };
      parts.writeMessage(tensorField, writeOutsideTensor, { value, place, nameOf });
    } else inside.push({ tensor, head: startOf(tensor, nameOf) });
  }
  const graphBytes = parts.finish();
  const length = inside.reduce(
    (sum, { tensor, head }) => sum + head.length + tensor.byteLength,
    graphBytes.length,
  );
  const model = new PbfWriter();
  writeModelHead(model);
  startField(graphField, length, model);
  const modelBytes = model.finish();
  await write(modelBytes);
  await write(graphBytes);
  let end = modelBytes.length + graphBytes.length;
  const offsets = new Map<PendingOnnxTensor, number>();
  for (const { tensor, head } of inside) {
    await write(head);
    offsets.set(tensor, end + head.length);
    await tensor.write(write);
    end += head.length + tensor.byteLength;
  }
  return offsets;
}

/** A tensor's field in a graph as far as its numbers, which are its last. */
function startOf({ value, byteLength }: PendingOnnxTensor, nameOf: NameOf): Uint8Array {
  const own = new PbfWriter();
  writeTensorHead(value, own, nameOf);
  startField(numbersField, byteLength, own);
  const fields = own.finish();
  const start = new PbfWriter();
  startField(tensorField, fields.length + byteLength, start);
  return joined(start.finish(), fields);
}

/** Writes one of the files beside a model: the tensors whose places are in it. */
export async function writeOnnxTensors(
  file: string,
  places: ReadonlyMap<PendingOnnxTensor, OnnxPlace>,
  write: WriteBytes,
): Promise<void> {
  let end = 0;
  for (const [tensor, place] of places) {
    if (place.file !== file) continue;
    if (place.offset > end) await write(new Uint8Array(place.offset - end));
    await tensor.write(write);
    end = place.offset + tensor.byteLength;
  }
}

/** Begins a field of so many bytes. */
function startField(field: number, length: number, pbf: PbfWriter): void {
  pbf.writeTag(field, 2);
  pbf.writeVarint(length);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function aligned(offset: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
