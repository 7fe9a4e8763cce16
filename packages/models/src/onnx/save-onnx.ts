import {
  placeOnnxTensors,
  writeOnnxFile,
  writeOnnxTensors,
  type Graph,
  type OnnxModel,
  type OnnxPlace,
  type PendingOnnxTensor,
} from '@tunesmith/runtime';
import type { Files } from '@tunesmith/schema';
import { checkComplete } from '../checkpoint/save.ts';
import { modelsError } from '../errors.ts';
import type { Architecture, Model, ModelSpec } from '../model.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { decoderGraph } from './decoder-graph.ts';
import { crossDecoderGraph, sourceEncoderGraph } from './encoder-decoder-graphs.ts';
import { encoderGraph } from './encoder-graph.ts';
import { placeWeights, type OnnxEncoding } from './place-weights.ts';
import { writeSurroundings } from './surroundings.ts';

/** How a model is saved as ONNX. */
export interface SaveOnnxOptions {
  /** A file for each, in this order; `f32` by default. */
  readonly encodings?: readonly OnnxEncoding[];
  /** Its tokenizer, where it has one. */
  readonly tokenizer?: Tokenizer | undefined;
  /** Most bytes of weights that a file holds; 1.9 GB by default, as a message of protocol buffers is below 2 GiB. */
  readonly fileBytes?: number;
  /** Is told of each file before it is written. */
  readonly onFile?: (path: string) => void;
}

/** What follows a model's name in the file of each encoding, as transformers.js looks for its dtypes `fp32`, `fp16`, `q8` and `q4`. */
const suffixes: Readonly<Record<OnnxEncoding, string>> = {
  f32: '',
  f16: '_fp16',
  q8: '_quantized',
  q4: '_q4',
};

/** The same model as the one called `_quantized`, in which its weights lie, under the name of its dtype. */
const namedByDtype = '_q8';

/**
 * Saves a model in the layout that transformers.js loads: `config.json`, `generation_config.json` of one that writes, tokenizer files
 * with the chat template, and in `onnx/` a model for each encoding, of a decoder with a cache of keys and values: `model.onnx`, or of an
 * encoder-decoder `encoder_model.onnx` and `decoder_model_merged.onnx`. The graph is the architecture's own forward pass, recorded for any batch,
 * length and past. Tensors are read, encoded and written one by one.
 *
 * @param model the model; its tensors must be those of its specification
 * @param files the folder
 * @returns the paths of the models
 * @throws `unsupported-onnx` for a head for labels that does not read the first token; `checkpoint-mismatch`; `out-of-range` for a
 * weight that float16 cannot hold; `write-failed`
 */
export async function saveOnnx(
  model: Model,
  files: Files,
  options: SaveOnnxOptions = {},
): Promise<string[]> {
  const { encodings = ['f32'], tokenizer, fileBytes, onFile } = options;
  checkComplete(model);
  requireKnown(model);
  const graphs = graphsOf(model);
  const written: string[] = [];
  const outsideFiles: Record<string, number> = {};
  const write = async (
    name: string,
    placed: OnnxModel,
    places: ReadonlyMap<PendingOnnxTensor, OnnxPlace>,
  ): Promise<ReadonlyMap<PendingOnnxTensor, OnnxPlace>> => {
    const path = `onnx/${name}`;
    onFile?.(path);
    const inside = new Map<PendingOnnxTensor, OnnxPlace>();
    await files.write(path, async (bytes) => {
      const offsets = await writeOnnxFile(placed, places, bytes);
      for (const [tensor, offset] of offsets) inside.set(tensor, { file: name, offset });
    });
    written.push(path);
    return new Map([...places, ...inside]);
  };
  for (const encoding of new Set(encodings)) {
    for (const [part, graph] of Object.entries(graphs)) {
      const name = `${part}${suffixes[encoding]}.onnx`;
      const placed = await placeWeights(graph, model, encoding);
      const outside = placeOnnxTensors(name, placed.tensors, fileBytes);
      const names = new Set(Array.from(outside.values(), ({ file }) => file));
      for (const file of names)
        await files.write(`onnx/${file}`, (bytes) => writeOnnxTensors(file, outside, bytes));
      if (names.size > 0) outsideFiles[name] = names.size;
      const places = await write(name, placed, outside);
      if (encoding === 'q8') await write(`${part}${namedByDtype}.onnx`, placed, places);
    }
  }
  await writeSurroundings(files, model, { tokenizer, encodings, outsideFiles });
  return written;
}

/** The graphs of a model, by the names that transformers.js looks for. */
function graphsOf(model: Model): Readonly<Record<string, Graph>> {
  const { kind } = model.spec;
  if (kind === 'encoder') return { model: encoderGraph(model) };
  if (kind === 'decoder') return { model: decoderGraph(model) };
  return {
    encoder_model: sourceEncoderGraph(model),
    decoder_model_merged: crossDecoderGraph(model),
  };
}

/** @throws `unsupported-onnx` */
function requireKnown({ spec, architecture, files }: Model): void {
  const why = reasonAgainst(spec, architecture);
  if (why === undefined) return;
  throw modelsError({
    code: 'unsupported-onnx',
    message: `${files?.locate() ?? 'the model'} (${spec.modelType}) is not written as ONNX: it ${why}`,
    value: spec.modelType,
    accepted: 'a decoder or encoder-decoder with a head for tokens, or an encoder',
  });
}

/** Why a model is not written; undefined for one that is. */
function reasonAgainst(
  { kind, headKind }: ModelSpec,
  { encode }: Architecture,
): string | undefined {
  if (kind === 'encoder-decoder' && !encode) return 'has no encoder that runs alone';
  if (headKind.kind === 'labels' && headKind.token !== 'first')
    return `classifies the ${headKind.token} token of a text, which only its ids tell`;
  return undefined;
}
