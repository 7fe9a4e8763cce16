import { TunesmithError } from '@tunesmith/schema';
import {
  allocate,
  arrayKind,
  sizeOf,
  type DataType,
  type HostData,
  type TfjsType,
} from '../tensor.ts';
import type { Attributes, Constant, ElementType, GraphNode, Value } from './graph.ts';

/** Up to this many bytes, equal constants are found by content; larger ones by the identity of their memory. */
const contentBytes = 4 << 20;

/** Shape and element type of a node's output. */
interface OutputSpec {
  readonly shape: readonly number[];
  readonly element: ElementType;
  readonly open?: Value['open'];
}

/** A graph that is being recorded: nodes are appended, equal nodes and equal constants are recorded once. */
export interface Recording {
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly Constant[];
  /** A new value that no node produces: an input of the graph. */
  input(spec: OutputSpec): Value;
  /** Appends a node, or finds the equal one that is there already, and returns its outputs. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly OutputSpec[],
    attributes?: Attributes,
    domain?: string,
  ): readonly Value[];
  /** A constant value; one that is equal to an earlier one is that one. */
  constant(data: Constant['data'], spec: OutputSpec): Value;
  /** The value made under `key` before, or made now: for constants that are dearer to compare than to name. */
  named(key: string, make: () => Value): Value;
  /** The constant behind a value, if it is one. */
  constantOf(value: Value): Constant | undefined;
  /** The node that produces a value; undefined for inputs and constants. */
  producer(value: Value): GraphNode | undefined;
  /** What a value turned out to be where it depended on constants only; by the value's id. */
  readonly known: Map<number, unknown>;
  /** Runs `f`; nodes recorded meanwhile are never merged with equal ones outside, nor outside ones with them. */
  apart<T>(f: () => T): T;
  /** Runs `f`; nodes recorded meanwhile are to run as soon as what they read is there. */
  soon<T>(f: () => T): T;
}

/** Starts an empty recording. */
export function createRecording(): Recording {
  const nodes: GraphNode[] = [];
  const constants: Constant[] = [];
  const constantsByContent = new Map<string, Constant[]>();
  const constantsByMemory = new Map<ArrayBufferLike, Constant[]>();
  const constantsByArray = new WeakMap<object, Constant[]>();
  const valuesByName = new Map<string, Value>();
  const constantById = new Map<number, Constant>();
  const producers = new Map<number, GraphNode>();
  let equal = new Map<string, readonly Value[]>();
  let nextId = 0;
  let isSoon = false;

  const create = ({ shape, element, open }: OutputSpec): Value => ({
    id: nextId++,
    shape: [...shape],
    element,
    open,
  });

  const findConstant = (
    known: readonly Constant[],
    data: Constant['data'],
    { shape, element }: OutputSpec,
  ): Constant | undefined =>
    known.find(
      ({ value, data: other }) =>
        value.element === element && sameShape(value.shape, shape) && sameBytes(data, other),
    );
  const addConstant = (known: Constant[], data: Constant['data'], spec: OutputSpec): Constant => {
    const found = findConstant(known, data, spec);
    if (found !== undefined) return found;
    const constant = { value: create(spec), data };
    known.push(constant);
    constants.push(constant);
    constantById.set(constant.value.id, constant);
    return constant;
  };

  return {
    nodes,
    constants,
    input: create,
    node(op, inputs, outputs, attributes = {}, domain = '') {
      const key = `${domain}:${op}(${inputs.map((input) => input?.id ?? '').join(',')})${JSON.stringify(attributes)}${JSON.stringify(outputs)}`;
      const found = equal.get(key);
      if (found !== undefined) return found;
      const node: GraphNode = {
        op,
        domain,
        inputs,
        attributes,
        outputs: outputs.map(create),
        ...(isSoon ? { soon: true } : {}),
      };
      nodes.push(node);
      for (const output of node.outputs) producers.set(output.id, node);
      equal.set(key, node.outputs);
      return node.outputs;
    },
    constant(data, spec) {
      const seen = bucket(constantsByArray, data);
      const same = findConstant(seen, data, spec);
      if (same !== undefined) return same.value;
      const { element, shape } = spec;
      const alike =
        data.byteLength > contentBytes
          ? bucket(constantsByMemory, data.buffer)
          : bucket(constantsByContent, `${element}${shape.join()}:${hash(data)}`);
      const constant = addConstant(alike, data, spec);
      seen.push(constant);
      return constant.value;
    },
    named(key, make) {
      const found = valuesByName.get(key);
      if (found !== undefined) return found;
      const made = make();
      valuesByName.set(key, made);
      return made;
    },
    constantOf: (value) => constantById.get(value.id),
    known: new Map(),
    producer: (value) => producers.get(value.id),
    apart(f) {
      const outside = equal;
      equal = new Map();
      try {
        return f();
      } finally {
        equal = outside;
      }
    },
    soon(f) {
      const outside = isSoon;
      isSoon = true;
      try {
        return f();
      } finally {
        isSoon = outside;
      }
    },
  };
}

function bucket<Key extends object | string>(
  map: { get(key: Key): Constant[] | undefined; set(key: Key, constants: Constant[]): unknown },
  key: Key,
): Constant[] {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created: Constant[] = [];
  map.set(key, created);
  return created;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

function sameBytes(a: Constant['data'], b: Constant['data']): boolean {
  if (a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.byteLength === b.byteLength)
    return true;
  if (a.byteLength !== b.byteLength || a.byteLength > contentBytes) return false;
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

function bytesOf(data: Constant['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** FNV-1a over the bytes. It only sorts constants into buckets: equality is decided on the bytes themselves. */
function hash(data: Constant['data']): number {
  let h = 0x811c9dc5;
  for (const byte of bytesOf(data)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/** The typed array that a tfjs dtype is kept in; numbers are converted as tfjs converts them on writing. */
export function asTypedArray(values: ArrayLike<number>, dtype: DataType): HostData {
  const kind = arrayKind(dtype);
  return values instanceof kind ? values : kind.from(values);
}

/** A constant of `size` equal elements. */
export function filled(element: DataType, shape: readonly number[], fill: number): HostData {
  return allocate(element, sizeOf(shape)).fill(fill);
}

/** Narrows a tfjs dtype to those that devices and tfjs share. @throws TunesmithError `unsupported-dtype` for complex64 and string. */
export function asDataType(dtype: string): TfjsType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'unsupported-dtype',
    message: `tensors of dtype "${dtype}" cannot be recorded`,
    value: dtype,
    accepted: ['float32', 'int32', 'bool'],
  });
}
