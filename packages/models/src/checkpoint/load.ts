import { nearest, prototypeKeys, type Files } from '@tunesmith/schema';
import { architectures as builtIn, findArchitecture } from '../architectures/registry.ts';
import { locatedError } from '../configuration/reader.ts';
import { modelsError } from '../errors.ts';
import type { Architecture, Model, ModelSpec } from '../model.ts';
import { elementCount } from '../safetensors/format.ts';
import { overlayWeights } from '../weights/overlay.ts';
import { storedWeights, type StoredWeight } from '../weights/stored.ts';
import { fileNames, readJsonObject } from './files.ts';
import { modelFolder } from './folder.ts';
import { initializeParameters } from './initialize.ts';
import { openInventory, type CheckpointInventory } from './inventory.ts';
import {
  classifyingConfiguration,
  hasLabels,
  refuseOtherLabels,
  type LabelHeadOptions,
} from './label-head.ts';
import { checkSizes } from './plausible-sizes.ts';
import { specOfFiles } from './tying.ts';

/** How a model is loaded. */
export interface LoadOptions {
  /** Which architectures may read it; the built-in ones by default. */
  readonly architectures?: readonly Architecture[];
  /** A head for labels in place of the one for tokens. */
  readonly labels?: LabelHeadOptions | undefined;
}

/**
 * Matches a checkpoint's tensors with the model's, strictly: every tensor of the model must be there once with its
 * shape (constants may be missing), and nothing else but known recomputed buffers and copies, such as a tied model's table as its head.
 *
 * @param stored what the files are of; where the model has another head, theirs is left out, and what they lack is missing
 */
function matchTensors(
  place: string,
  inventory: CheckpointInventory,
  architecture: Architecture,
  spec: ModelSpec,
  stored: ModelSpec,
): {
  sources: Map<string, StoredWeight>;
  copies: Map<string, StoredWeight[]>;
  joined: readonly string[];
} {
  const sources = new Map<string, StoredWeight>();
  const problems: string[] = [];
  const copies = new Map<string, StoredWeight[]>();
  const wanted = Object.keys(spec.tensors);
  const joinedNames: string[] = [];
  const parts: [string, StoredWeight][] = [];
  for (const [name, file] of inventory.tensors) {
    const prefixed = `${architecture.optionalPrefix ?? ''}${name}`;
    const canonical = [name, prefixed].find((one) => Object.hasOwn(spec.tensors, one));
    if (canonical === undefined) {
      if (architecture.ignorable?.test(`.${name}`)) continue;
      const joined = [name, prefixed].find((one) => Object.hasOwn(spec.joined, one));
      if (joined !== undefined) {
        joinedNames.push(joined);
        parts.push(...partsOf(spec, joined, { file, name }, problems));
        continue;
      }
      const copy = [name, prefixed].find((one) => Object.hasOwn(spec.copies, one));
      if (copy !== undefined) {
        const repeated = spec.copies[copy]!;
        copies.set(repeated, [...(copies.get(repeated) ?? []), { file, name }]);
        continue;
      }
      if (spec !== stored && belongsTo(stored, [name, prefixed])) continue;
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
  for (const [canonical, part] of parts) {
    if (sources.has(canonical))
      problems.push(`tensor "${canonical}" is there twice, alone and in "${part.name}"`);
    sources.set(canonical, part);
  }
  // A tensor may lie under the name of a copy alone.
  for (const [name, [first, ...rest]] of copies) {
    if (sources.has(name) || !first) continue;
    sources.set(name, first);
    copies.set(name, rest);
  }
  for (const [canonical, { file, name, part }] of sources) {
    if (part) continue;
    const found = file.entries.get(name)!.shape;
    const expected = spec.tensors[canonical]!.shape;
    if (found.length !== expected.length || found.some((size, i) => size !== expected[i])) {
      problems.push(
        `tensor "${name}" has shape [${found.join(', ')}], the configuration asks for [${expected.join(', ')}]`,
      );
    }
  }
  const { optionalPrefix = '' } = architecture;
  const bare = (name: string): string =>
    name.startsWith(optionalPrefix) ? name.slice(optionalPrefix.length) : name;
  const required = wanted.filter(
    (name) =>
      !spec.tensors[name]!.constant && (spec === stored || belongsTo(stored, [name, bare(name)])),
  );
  for (const name of required) if (!sources.has(name)) problems.push(`tensor "${name}" is missing`);
  if (problems.length > 0) {
    throw modelsError({
      code: 'checkpoint-mismatch',
      message: `${place}: ${problems[0]}${problems.length > 1 ? ` (and ${problems.length - 1} more problems)` : ''}`,
      value: place,
      problems,
    });
  }
  return { sources, copies, joined: joinedNames };
}

/** Whether a model has a tensor, a copy or joined tensors of one of these names. */
function belongsTo(spec: ModelSpec, names: readonly string[]): boolean {
  return [spec.tensors, spec.copies, spec.joined].some((all) =>
    names.some((name) => Object.hasOwn(all, name)),
  );
}

/** Where the tensors lie that a file holds joined in one. */
function partsOf(
  { joined, tensors }: ModelSpec,
  name: string,
  stored: StoredWeight,
  problems: string[],
): [string, StoredWeight][] {
  const { shape: expected, parts } = joined[name]!;
  const found = stored.file.entries.get(stored.name)!.shape;
  if (found.length !== expected.length || found.some((size, i) => size !== expected[i]))
    problems.push(
      `tensor "${stored.name}" has shape [${found.join(', ')}], the configuration asks for [${expected.join(', ')}]`,
    );
  let first = 0;
  return parts.map((part) => {
    const { shape } = tensors[part]!;
    const at = first;
    first += elementCount(shape);
    return [part, { ...stored, part: { first: at, shape } }];
  });
}

/**
 * Loads a model from a folder in Hugging Face's layout: `config.json` and `model.safetensors`, or shards with
 * `model.safetensors.index.json`; or from one that holds a single GGUF file, which then says everything. Names, shapes and sizes are checked now; values are read when somebody wants them, tensor by
 * tensor: see `storedWeights`, which says what is checked then.
 *
 * With `labels` the model has a head for them in place of the one for tokens, as the family's class for classification has it:
 * what the files lack of it begins as weights for training from scratch do. A checkpoint that has the very head is read as it is.
 *
 * @param given the folder
 * @param options `architectures`: which ones may read it; the built-in ones by default
 * @throws those of `modelFolder` and `findArchitecture`, `unsupported-configuration` naming the key, `no-weights`,
 * `checkpoint-mismatch` listing every missing, extra or mis-shaped tensor, and the errors of reading safetensors
 */
export async function loadModel(given: Files, options: LoadOptions = {}): Promise<Model> {
  const { labels } = options;
  const files = await modelFolder(given);
  const place = files.locate();
  const configuration = await readJsonObject(files, fileNames.configuration);
  const file = files.locate(fileNames.configuration);
  const [foreign] = prototypeKeys(configuration);
  if (foreign)
    throw modelsError({
      code: 'unsupported-configuration',
      message: `${file}: ${foreign.message}`,
      value: foreign.value,
    });
  const architecture = findArchitecture(configuration, options.architectures ?? builtIn, file);
  const inventory = await openInventory(files);
  checkSizes(file, configuration, inventory);
  const stored = await specOfFiles(architecture, configuration, inventory).catch((error) => {
    throw locatedError(error, file);
  });
  const spec = labels ? classifying(place, architecture, stored, labels) : stored;
  const { sources, copies, joined } = matchTensors(place, inventory, architecture, spec, stored);
  const names = Object.keys(spec.tensors);
  const absent = names.filter((name) => !sources.has(name));
  const present = names.filter((name) => sources.has(name));
  const held = storedWeights(present, sources, copies);
  const first = initializeParameters(spec, labels?.seed ?? 0, { only: absent });
  const weights = absent.length === 0 ? held : overlayWeights(held, first);
  const fresh = absent.filter((name) => !spec.tensors[name]!.constant);
  return {
    spec,
    architecture,
    weights,
    files,
    ...(joined.length > 0 ? { joined } : {}),
    ...(fresh.length > 0 ? { fresh } : {}),
  };
}

/** The specification with the head for labels. */
function classifying(
  place: string,
  architecture: Architecture,
  stored: ModelSpec,
  labels: LabelHeadOptions,
): ModelSpec {
  if (hasLabels(stored, labels)) return stored;
  refuseOtherLabels(place, stored);
  return architecture.spec(classifyingConfiguration(stored.configuration, labels));
}
