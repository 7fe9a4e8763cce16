import type {
  Device,
  DeviceTensor,
  Feeds,
  HostTensor,
  JitOptions,
  Jitted,
  TensorFunction,
  TensorMap,
  tf,
} from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import type { Head } from '../forward/head.ts';
import { createScope } from '../forward/scope.ts';
import { noHooks, type GeneratedFactory, type HooksFactory } from '../hooks.ts';
import type { Batch, ForwardResult, Model, TokenSequence } from '../model.ts';
import {
  batchInputs,
  recordInputFeeds,
  type RecordInput,
  type BatchInputs,
  type RecordMeta,
} from '../record-inputs.ts';
import type { PlacedModel } from '../weights/place.ts';
import { mostCopiedBytes } from '../weights/placed-bytes.ts';
import { createGeneratedFeeds } from './generated.ts';
import { firstPosition, inputTokens, noVirtualTokens, type VirtualTokens } from './layout.ts';

/** A model on a device, with the hooks and tensors of its adapters. */
export interface BoundModelOptions {
  /** The model where it was placed: see {@link placeModel}. It stays the caller's, who disposes it. */
  readonly placed: PlacedModel;
  /** Makes the adapters' hooks; none by default. */
  readonly hooksFrom?: HooksFactory;
  /** The adapters' tensors, under the names `hooksFrom` reads. */
  readonly extra?: Readonly<Record<string, HostTensor | DeviceTensor>>;
  /** Virtual tokens of a prompt method. */
  readonly virtualTokens?: VirtualTokens;
  /** What the hooks read of records besides tokens; every prompt must then come with a record that has them. */
  readonly inputs?: readonly RecordInput[];
  /** What the hooks compute of those alone: it is computed once for each record that differs, and kept. */
  readonly generateFrom?: GeneratedFactory | undefined;
}

/** What a function of a bound model works with. */
export interface BoundScope {
  /** Every tensor fed: parameters, adapters, inputs. */
  readonly tensors: TensorMap;
  readonly head: Head;
  /** Runs the model on the fed inputs. */
  forward(more?: Partial<Batch>): ForwardResult;
}

/** A model that can run functions of its hidden states on a device. */
export interface BoundModel {
  readonly model: Model;
  readonly device: Device;
  readonly virtual: VirtualTokens;
  /** Whether methods read of records, or compute of them. */
  readonly readsRecords: boolean;
  /**
   * What methods read of the records of a call's documents, and what they compute of it alone, as feeds.
   *
   * @param rows the records of each row's documents, in order
   * @param documents room for documents in a row; 1 by default
   * @throws TunesmithError `missing-record-input`, `invalid-record-input`
   */
  recordFeeds(
    rows: readonly (readonly (RecordMeta | undefined)[])[],
    documents?: number,
  ): Promise<Record<string, HostTensor>>;
  /** What methods read of a record, as a text: with the same, the same tokens have the same keys and values. */
  recordKey(record: RecordMeta | undefined): string;
  /**
   * Compiles a function; calling it feeds the parameters and the adapters along with the given inputs.
   *
   * @param options `fixed`: the weights of which the device may keep a second copy, one for each signature, as its products read them
   * fastest
   */
  compile(
    name: string,
    run: (scope: BoundScope) => TensorMap,
    options?: Pick<JitOptions, 'fixed' | 'open'>,
  ): Jitted;
  /**
   * The weights of which a graph for all lengths may keep a copy: one of the models bound to a placed one has them, where they take no
   * more than 1 GiB; for others there are none.
   */
  copiedWeights(): Readonly<Record<string, DeviceTensor>>;
  /** Weights that are integers: products that find them as they lie put them in order in every call. */
  readonly integers: Readonly<Record<string, DeviceTensor>>;
  /** Replaces the adapters' tensors; names, shapes and types stay. */
  update(extra: Readonly<Record<string, HostTensor | DeviceTensor>>): void;
  /** Gives back everything that was compiled, once the calls under way are done; the placed model stays. */
  dispose(): Promise<void>;
  /** Throws where a sequence of `tokens` ordinary tokens is longer than the model takes. */
  checkLength(tokens: number, what: string): void;
}

/** Reads a fed input that must be there. */
export function input(tensors: TensorMap, name: string): tf.Tensor {
  const tensor = tensors[`input:${name}`];
  if (!tensor)
    throw modelsError({
      code: 'missing-input',
      kind: 'failure',
      message: `input "${name}" was not fed`,
      value: name,
    });
  return tensor;
}

/** A sequence of the fed inputs, whose names begin with `prefix`. */
function fedSequence(tensors: TensorMap, prefix: string): TokenSequence {
  const optional = (name: string): tf.Tensor | undefined => tensors[`input:${prefix}${name}`];
  const [keySegmentIds, types, index] = ['keySegmentIds', 'types', 'virtualTokenIds'].map(optional);
  return {
    ids: input(tensors, `${prefix}ids`),
    positions: input(tensors, `${prefix}positions`),
    segmentIds: input(tensors, `${prefix}segmentIds`),
    ...(keySegmentIds ? { keySegmentIds } : {}),
    ...(types ? { types } : {}),
    ...(index ? { rows: { index } } : {}),
  };
}

/** The batch of the fed inputs. */
function fedBatch(tensors: TensorMap, virtual: VirtualTokens, more: Partial<Batch>): Batch {
  const batch = fedSequence(tensors, '');
  const reach = (sequence: TokenSequence): number =>
    firstPosition(virtual) + (sequence.ids.shape[1] as number);
  const source = tensors['input:source:ids'] ? fedSequence(tensors, 'source:') : undefined;
  return {
    ...batch,
    maximumPosition: Math.max(
      reach(batch),
      firstPosition(virtual) + (more.caches?.positions.shape[1] ?? 0),
    ),
    ...(source ? { source: { ...source, maximumPosition: reach(source) } } : {}),
    ...more,
  };
}

/** What methods read of the fed documents' records, where any do. */
function fedRecords(tensors: TensorMap): BatchInputs | undefined {
  const fed = (prefix: string) => {
    const ids = tensors[`input:${prefix}ids`];
    return ids && { ids, segmentIds: tensors[`input:${prefix}segmentIds`] };
  };
  const tokens = fed('');
  return tokens && batchInputs(tensors, tokens, fed('source:'));
}

/** Placed models of which a graph has a copy. */
const copied = new WeakSet<PlacedModel>();

/** Binds a placed model to its adapters' hooks and tensors. */
export function bindModel(options: BoundModelOptions): BoundModel {
  const {
    placed,
    hooksFrom = noHooks,
    virtualTokens: virtual = noVirtualTokens,
    inputs = [],
    generateFrom,
  } = options;
  const { model, device, tensors: weights } = placed;
  let extra = options.extra ?? {};
  const compiled: Jitted[] = [];
  let hasCopies = false;
  const integers = Object.fromEntries(
    Object.entries(weights).filter(([, { dtype }]) => dtype === 'int8'),
  );
  const generated =
    generateFrom &&
    createGeneratedFeeds({
      device,
      inputs,
      generateFrom,
      tensors: () => ({ ...weights, ...extra }),
    });

  return {
    model,
    device,
    virtual,
    readsRecords: inputs.length > 0 || generateFrom !== undefined,
    recordFeeds: async (rows, documents = 1) => ({
      ...recordInputFeeds(inputs, rows, documents),
      ...(await generated?.feeds(rows, documents)),
    }),
    recordKey: (record) =>
      Object.values(recordInputFeeds(inputs, [[record]], 1))
        .map(({ data }) => [...data].join(' '))
        .join('\n'),
    integers,
    copiedWeights() {
      if (!hasCopies && (copied.has(placed) || placed.bytes > mostCopiedBytes)) return {};
      hasCopies = true;
      copied.add(placed);
      return weights;
    },
    compile(name, run, { fixed = {}, ...options } = {}) {
      const fed = Object.fromEntries(
        Object.entries(weights).filter(([weight]) => !Object.hasOwn(fixed, weight)),
      );
      const step: TensorFunction = (tensors) => {
        const records = fedRecords(tensors);
        const hooks = hooksFrom(tensors, { training: false, ...(records ? { records } : {}) });
        const scope = createScope({ parameters: tensors, hooks });
        return run({
          tensors,
          head: model.architecture.head(model.spec, scope),
          forward: (more = {}) =>
            model.architecture.forward(model.spec, scope, fedBatch(tensors, virtual, more)),
        });
      };
      const jitted = device.jit(name, step, { fixed, ...options });
      compiled.push(jitted);
      return Object.assign(
        (inputs: Feeds, wanted?: readonly string[]) =>
          jitted({ ...fed, ...extra, ...inputs }, wanted),
        {
          dispose: jitted.dispose,
        },
      );
    },
    update(next) {
      extra = next;
      generated?.clear();
    },
    async dispose() {
      await Promise.all([
        ...compiled.splice(0).map((jitted) => jitted.dispose()),
        generated?.dispose(),
      ]);
      if (hasCopies) copied.delete(placed);
      hasCopies = false;
    },
    checkLength(tokens, what) {
      const total = tokens + virtual.count;
      if (total <= model.spec.maximumPositions) return;
      const virtuals = virtual.count > 0 ? ` and ${virtual.count} virtual tokens` : '';
      throw modelsError({
        code: 'sequence-too-long',
        message: `${what} has ${tokens} tokens${virtuals}, the model takes ${model.spec.maximumPositions}`,
        value: total,
        accepted: `at most ${model.spec.maximumPositions - virtual.count} tokens`,
      });
    },
  };
}

/** Positions of the input that a sequence of ordinary tokens takes up. */
export function inputLength(bound: BoundModel, tokens: number): number {
  return inputTokens(bound.virtual) + tokens;
}

/** Throws for ids outside the model's vocabulary. */
export function checkIds(model: Model, ids: readonly number[], what: string): void {
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= model.spec.vocabulary);
  if (wrong === undefined) return;
  throw modelsError({
    code: 'token-id-out-of-range',
    message: `${what} holds token id ${wrong}`,
    value: wrong,
    accepted: `0 to ${model.spec.vocabulary - 1}`,
  });
}
