import { PbfWriter } from 'pbf';
import { intoBranches, type Branch, type WrittenNode } from './branches.ts';
import type { Attribute, Constant, ElementType, Graph, Value } from './graph.ts';

// Field numbers and enumerations of onnx.proto3, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3

/** ONNX `TensorProto.DataType` of each element type. */
export const elementCode: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
};

const irVersion = 10;
const operatorSet = 21;
/** `TensorProto.DataLocation` of numbers outside the model. */
const external = 1;
const attributeType = { float: 1, int: 2, string: 3, graph: 5, floats: 6, ints: 7 } as const;

/** The name of a value in the written model. */
export function valueName(value: Value): string {
  return `t${value.id}`;
}

/** Where the numbers of a graph's constants are; those named nowhere become inputs after the graph's own. */
export interface ConstantPlaces {
  /** Written into the model. */
  readonly inside: ReadonlySet<Constant>;
  /** Kept outside it, each in a file of its own that is called by the value's name. */
  readonly outside: ReadonlyMap<Value, { readonly byteLength: number }>;
}

/** A stretch of bytes in a file beside a model. */
export interface FilePlace {
  readonly location: string;
  readonly offset?: number;
  readonly length: number;
}

/** What a value is called in a model. */
export type NameOf = (value: Value) => string;

/**
 * Writes a graph as an ONNX model (IR version 10, operator set 21, with ONNX Runtime's contrib operators). It stays small
 * whatever its constants weigh: only those `inside` are written into it.
 */
export function writeOnnx(graph: Graph, places: ConstantPlaces): Uint8Array {
  const pbf = new PbfWriter();
  writeModelHead(pbf);
  pbf.writeMessage(graphField, writeGraph, { graph, places });
  return pbf.finish();
}

/** The field of a model that holds its graph. */
export const graphField = 7;

/** The field of a graph that holds one of its tensors. */
export const tensorField = 5;

/** Everything of a model but its graph. */
export function writeModelHead(pbf: PbfWriter): void {
  pbf.writeVarintField(1, irVersion);
  pbf.writeStringField(2, 'tunesmith');
  pbf.writeMessage(8, writeOperatorSet, { domain: '', version: operatorSet });
  pbf.writeMessage(8, writeOperatorSet, { domain: 'com.microsoft', version: 1 });
}

function writeOperatorSet(
  { domain, version }: { domain: string; version: number },
  pbf: PbfWriter,
): void {
  pbf.writeStringField(1, domain);
  pbf.writeVarintField(2, version);
}

function writeGraph(
  { graph, places: { inside, outside } }: { graph: Graph; places: ConstantPlaces },
  pbf: PbfWriter,
): void {
  for (const constant of inside) pbf.writeMessage(tensorField, writeTensor, { constant });
  for (const [value, { byteLength: length }] of outside)
    pbf.writeMessage(tensorField, writeOutsideTensor, {
      value,
      place: { location: valueName(value), length },
    });
  writeGraphParts(graph, pbf);
  for (const constant of graph.constants) {
    const isInitializer = inside.has(constant) || outside.has(constant.value);
    if (!isInitializer) pbf.writeMessage(11, writeValueInfo, { value: constant.value });
  }
}

/** Everything of a graph but its constants. */
export function writeGraphParts(
  graph: Graph,
  pbf: PbfWriter,
  nameOf: NameOf = valueName,
  name = 'step',
): void {
  for (const node of intoBranches(graph)) pbf.writeMessage(1, writeNode, { node, nameOf });
  pbf.writeStringField(2, name);
  for (const { value } of graph.inputs) pbf.writeMessage(11, writeValueInfo, { value, nameOf });
  for (const { value } of graph.outputs) pbf.writeMessage(12, writeValueInfo, { value, nameOf });
  // ONNX Runtime infers all other shapes; of an open axis it would not know which others are as long.
  const named = new Set(graph.outputs.map(({ value }) => value));
  for (const node of graph.nodes) {
    for (const value of node.outputs)
      if (value.open && !named.has(value)) pbf.writeMessage(13, writeValueInfo, { value, nameOf });
  }
}

function writeNode({ node, nameOf }: { node: WrittenNode; nameOf: NameOf }, pbf: PbfWriter): void {
  // An empty name stands for an optional input that is absent.
  for (const input of node.inputs)
    pbf.writeStringField(1, input === undefined ? '' : nameOf(input));
  for (const output of node.outputs) pbf.writeStringField(2, nameOf(output));
  pbf.writeStringField(4, node.op);
  for (const attribute of Object.entries(node.attributes))
    pbf.writeMessage(5, writeAttribute, attribute);
  node.branches?.forEach((branch, side) =>
    pbf.writeMessage(5, writeBranch, { branch, name: branchNames[side] as string, nameOf }),
  );
  if (node.domain !== '') pbf.writeStringField(7, node.domain);
}

const branchNames = ['then_branch', 'else_branch'];

interface WrittenBranch {
  readonly branch: Branch;
  readonly name: string;
  readonly nameOf: NameOf;
}

/** A side of a choice: an attribute that holds a graph. */
function writeBranch(written: WrittenBranch, pbf: PbfWriter): void {
  pbf.writeStringField(1, written.name);
  pbf.writeMessage(6, writeBranchGraph, written);
  pbf.writeVarintField(20, attributeType.graph);
}

function writeBranchGraph({ branch, name, nameOf }: WrittenBranch, pbf: PbfWriter): void {
  for (const node of branch.nodes) pbf.writeMessage(1, writeNode, { node, nameOf });
  pbf.writeStringField(2, name);
  // Its shape is inferred: what was recorded may be that of one length among others.
  pbf.writeMessage(12, writeUnshapedInfo, { value: branch.output, nameOf });
}

function writeUnshapedInfo(
  { value, nameOf }: { value: Value; nameOf: NameOf },
  pbf: PbfWriter,
): void {
  pbf.writeStringField(1, nameOf(value));
  pbf.writeMessage(2, writeUnshapedType, value);
}

function writeUnshapedType({ element }: Value, pbf: PbfWriter): void {
  pbf.writeMessage(1, (code: number, type) => type.writeVarintField(1, code), elementCode[element]);
}

function writeAttribute([name, attribute]: [string, Attribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if (typeof attribute === 'number') {
    pbf.writeVarintField(3, attribute);
    pbf.writeVarintField(20, attributeType.int);
  } else if (typeof attribute === 'string') {
    pbf.writeBytesField(4, new TextEncoder().encode(attribute));
    pbf.writeVarintField(20, attributeType.string);
  } else if ('float' in attribute) {
    pbf.writeFloatField(2, attribute.float);
    pbf.writeVarintField(20, attributeType.float);
  } else if ('floats' in attribute) {
    for (const float of attribute.floats) pbf.writeFloatField(7, float);
    pbf.writeVarintField(20, attributeType.floats);
  } else {
    for (const int of attribute) pbf.writeVarintField(8, int);
    pbf.writeVarintField(20, attributeType.ints);
  }
}

/** Shape, element type and name of a tensor. */
export function writeTensorHead(value: Value, pbf: PbfWriter, nameOf: NameOf = valueName): void {
  for (const dimension of value.shape) pbf.writeVarintField(1, dimension);
  pbf.writeVarintField(2, elementCode[value.element]);
  pbf.writeStringField(8, nameOf(value));
}

/** The field of a tensor that holds its numbers. */
export const numbersField = 9;

/** A tensor with its numbers. */
export function writeTensor(
  { constant: { value, data }, nameOf }: { constant: Constant; nameOf?: NameOf },
  pbf: PbfWriter,
): void {
  writeTensorHead(value, pbf, nameOf);
  pbf.writeBytesField(numbersField, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** A tensor whose numbers lie in a file beside the model. */
export function writeOutsideTensor(
  { value, place, nameOf }: { value: Value; place: FilePlace; nameOf?: NameOf },
  pbf: PbfWriter,
): void {
  writeTensorHead(value, pbf, nameOf);
  for (const [key, entry] of Object.entries(place))
    pbf.writeMessage(13, writeStringEntry, [key, String(entry)]);
  pbf.writeVarintField(14, external);
}

function writeStringEntry([key, value]: [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

function writeValueInfo(
  { value, nameOf = valueName }: { value: Value; nameOf?: NameOf },
  pbf: PbfWriter,
): void {
  pbf.writeStringField(1, nameOf(value));
  pbf.writeMessage(2, writeType, value);
}

function writeType(value: Value, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, value);
}

function writeTensorType(value: Value, pbf: PbfWriter): void {
  pbf.writeVarintField(1, elementCode[value.element]);
  pbf.writeMessage(2, writeShape, value);
}

function writeShape({ shape, open }: Value, pbf: PbfWriter): void {
  shape.forEach((length, axis) => pbf.writeMessage(1, writeDimension, open?.[axis] ?? length));
}

function writeDimension(dimension: number | string, pbf: PbfWriter): void {
  if (typeof dimension === 'number') pbf.writeVarintField(1, dimension);
  else pbf.writeStringField(2, dimension);
}
