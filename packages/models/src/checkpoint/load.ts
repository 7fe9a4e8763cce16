import { join } from 'node:path';
import type { HostTensor } from '@tunesmith/runtime';
import { nearest, prototypeKeys } from '@tunesmith/schema';
import { architectures as builtIn, findArchitecture } from '../architectures/registry.ts';
import { modelsError } from '../errors.ts';
import type { Architecture, Model, ModelSpec } from '../model.ts';
import type { SafetensorsFile } from '../safetensors/read.ts';
import { fileNames, readJsonObject } from './files.ts';
import { openInventory, type CheckpointInventory } from './inventory.ts';
import { checkSizes } from './plausible-sizes.ts';

/** Where a tensor of the model is stored. */
interface Source {
  readonly file: SafetensorsFile;
  readonly name: string;
}

/**
 * Matches a checkpoint's tensors with the model's, strictly: every tensor of the model must be there once with its
 * shape, and nothing else but known recomputed buffers and copies, such as a tied model's table as its head.
 */
function matchTensors(
  directory: string,
  inventory: CheckpointInventory,
  architecture: Architecture,
  spec: ModelSpec,
): { sources: Map<string, Source>; copies: Map<string, Source[]> } {
  const sources = new Map<string, Source>();
  const problems: string[] = [];
  const copies = new Map<string, Source[]>();
  const wanted = Object.keys(spec.tensors);
  for (const [name, file] of inventory.tensors) {
    const prefixed = `${architecture.optionalPrefix ?? ''}${name}`;
    const canonical = [name, prefixed].find((one) => Object.hasOwn(spec.tensors, one));
    if (canonical === undefined) {
      if (architecture.ignorable?.test(`.${name}`)) continue;
      const copy = [name, prefixed].find((one) => Object.hasOwn(spec.copies, one));
      if (copy !== undefined) {
        const repeated = spec.copies[copy]!;
        copies.set(repeated, [...(copies.get(repeated) ?? []), { file, name }]);
        continue;
      }
      const close = nearest(name, wanted);
      problems.push(
        `tensor "${name}" is not part of the model${close ? `; nearest: "${close}"` : ''}`,
      );
      continue;
    }
    if (sources.has(canonical))
      problems.push(`tensor "${canonical}" is there twice, with and without its prefix`);
    sources.set(canonical, { file, name });
  }
  // A tensor may lie under the name of a copy alone.
  for (const [name, [first, ...rest]] of copies) {
    if (sources.has(name) || !first) continue;
    sources.set(name, first);
    copies.set(name, rest);
  }
  for (const [canonical, { file, name }] of sources) {
    const found = file.entries.get(name)!.shape;
    const expected = spec.tensors[canonical]!.shape;
    if (found.length !== expected.length || found.some((size, i) => size !== expected[i])) {
      problems.push(
        `tensor "${name}" has shape [${found.join(', ')}], the configuration asks for [${expected.join(', ')}]`,
      );
    }
  }
  for (const name of wanted) if (!sources.has(name)) problems.push(`tensor "${name}" is missing`);
  if (problems.length > 0) {
    throw modelsError({
      code: 'checkpoint-mismatch',
      message: `${directory}: ${problems[0]}${problems.length > 1 ? ` (and ${problems.length - 1} more problems)` : ''}`,
      value: directory,
      problems,
    });
  }
  return { sources, copies };
}

/** A checkpoint may repeat a tensor that the model has once; it must be the same tensor. */
async function checkCopy(copy: Source, values: Float32Array, name: string): Promise<void> {
  const repeated = await copy.file.readFloat32(copy.name);
  if (repeated.length === values.length && repeated.every((value, i) => value === values[i]))
    return;
  throw modelsError({
    code: 'checkpoint-mismatch',
    message: `${copy.file.path}: tensor "${copy.name}" differs from "${name}", to which the configuration ties it`,
    value: copy.name,
    accepted: 'the same values, or "tie_word_embeddings": false',
  });
}

/**
 * Loads a model from a directory in Hugging Face's layout: `config.json` and `model.safetensors`, or shards with
 * `model.safetensors.index.json`. Weights of float32 are read in place; float16, bfloat16 and float64 are converted
 * tensor by tensor, so that memory holds the model once.
 *
 * @param directory the folder
 * @param options `architectures`: which ones may read it; the built-in ones by default
 * @throws `unsupported-architecture`, `unsupported-configuration` naming the key, `no-weights`,
 * `checkpoint-mismatch` listing every missing, extra or mis-shaped tensor, `not-finite` for weights that hold an infinity or
 * NaN, and the errors of reading safetensors
 */
export async function loadModel(
  directory: string,
  options: { readonly architectures?: readonly Architecture[] } = {},
): Promise<Model> {
  const file = join(directory, fileNames.configuration);
  const configuration = await readJsonObject(file);
  const [foreign] = prototypeKeys(configuration);
  if (foreign)
    throw modelsError({
      code: 'unsupported-configuration',
      message: `${file}: ${foreign.message}`,
      value: foreign.value,
    });
  const architecture = findArchitecture(configuration, options.architectures ?? builtIn);
  const inventory = await openInventory(directory);
  try {
    checkSizes(directory, configuration, inventory);
    const spec = architecture.spec(configuration);
    const { sources, copies } = matchTensors(directory, inventory, architecture, spec);
    const parameters: Record<string, HostTensor> = {};
    for (const [name, { shape }] of Object.entries(spec.tensors)) {
      const source = sources.get(name)!;
      parameters[name] = {
        dtype: 'float32',
        shape,
        data: await source.file.readFloat32(source.name),
      };
    }
    for (const [name, repeated] of copies)
      for (const copy of repeated)
        await checkCopy(copy, parameters[name]!.data as Float32Array, name);
    return { spec, architecture, parameters, directory };
  } finally {
    await inventory.close();
  }
}
