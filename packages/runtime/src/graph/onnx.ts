import { PbfWriter } from 'pbf';
import type { Attribute, Constant, ElementType, Graph, GraphNode, Value } from './graph.ts';

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
const attributeType = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

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

/**
 * Writes a graph as an ONNX model (IR version 10, operator set 21, with ONNX Runtime's contrib operators). It stays small
 * whatever its constants weigh: only those `inside` are written into it.
 */
export function writeOnnx(graph: Graph, places: ConstantPlaces): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, irVersion);
  pbf.writeStringField(2, 'tunesmith');
  pbf.writeMessage(7, writeGraph, { graph, places });
  pbf.writeMessage(8, writeOperatorSet, { domain: '', version: operatorSet });
  pbf.writeMessage(8, writeOperatorSet, { domain: 'com.microsoft', version: 1 });
  return pbf.finish();
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
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, 'step');
  for (const constant of inside) pbf.writeMessage(5, writeTensor, constant);
  for (const [value, { byteLength }] of outside)
    pbf.writeMessage(5, writeExternalTensor, { value, byteLength });
  for (const { value } of graph.inputs) pbf.writeMessage(11, writeValueInfo, value);
  for (const constant of graph.constants) {
    const isInitializer = inside.has(constant) || outside.has(constant.value);
    if (!isInitializer) pbf.writeMessage(11, writeValueInfo, constant.value);
  }
  for (const { value } of graph.outputs) pbf.writeMessage(12, writeValueInfo, value);
  // ONNX Runtime infers all other shapes; of an open axis it would not know which others are as long.
  for (const node of graph.nodes) {
    for (const value of node.outputs) if (value.open) pbf.writeMessage(13, writeValueInfo, value);
  }
}

function writeNode(node: GraphNode, pbf: PbfWriter): void {
  // An empty name stands for an optional input that is absent.
  for (const input of node.inputs)
    pbf.writeStringField(1, input === undefined ? '' : valueName(input));
  for (const output of node.outputs) pbf.writeStringField(2, valueName(output));
  pbf.writeStringField(4, node.op);
  for (const attribute of Object.entries(node.attributes))
    pbf.writeMessage(5, writeAttribute, attribute);
  if (node.domain !== '') pbf.writeStringField(7, node.domain);
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

function writeTensorHead(value: Value, pbf: PbfWriter): void {
  for (const dimension of value.shape) pbf.writeVarintField(1, dimension);
  pbf.writeVarintField(2, elementCode[value.element]);
  pbf.writeStringField(8, valueName(value));
}

function writeTensor({ value, data }: Constant, pbf: PbfWriter): void {
  writeTensorHead(value, pbf);
  pbf.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeExternalTensor(
  { value, byteLength }: { value: Value; byteLength: number },
  pbf: PbfWriter,
): void {
  writeTensorHead(value, pbf);
  pbf.writeMessage(13, writeStringEntry, ['location', valueName(value)]);
  pbf.writeMessage(13, writeStringEntry, ['length', String(byteLength)]);
  pbf.writeVarintField(14, external);
}

function writeStringEntry([key, value]: [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

function writeValueInfo(value: Value, pbf: PbfWriter): void {
  pbf.writeStringField(1, valueName(value));
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
