import type { HostTensor } from '@tunesmith/runtime';
import type { Files } from '@tunesmith/schema';
import type { Model } from '../../model.ts';
import { unsupportedGguf } from '../errors.ts';
import { changedForFile, createNames, type GgufEncoding } from './model-tensors.ts';
import { originMetadata, type GgufOrigin } from './origin-metadata.ts';
import { explicitConfiguration, writtenFamily } from './save-gguf.ts';
import { writeGguf, type PendingGgufTensor, type WrittenValue } from './write-gguf.ts';

/** An adapter as PEFT's files have it: `adapter_config.json`, and tensors under PEFT's names. */
export interface PeftFiles {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, HostTensor>>;
}

const types = { f32: 'F32', f16: 'F16', bf16: 'BF16', q8_0: 'F16', q4_0: 'F16' } as const;

/** What multiplies B A of a module: alpha / r, or alpha / √r with rank-stabilized LoRA, by the patterns of the configuration. */
function scaleOf(config: PeftFiles['config'], module: string, rank: number): number {
  const patterns = (config['alpha_pattern'] ?? {}) as Record<string, number>;
  const own = Object.entries(patterns).find(([pattern]) =>
    new RegExp(`(^|\\.)(${pattern})$`).test(module),
  );
  const alpha = own?.[1] ?? (config['lora_alpha'] as number);
  return alpha / (config['use_rslora'] === true ? Math.sqrt(rank) : rank);
}

/**
 * Saves a LoRA adapter as llama.cpp loads it beside a model (`--lora`): `NAME.lora_a` `[rank, in]` and `NAME.lora_b` `[out, rank]`
 * in llama.cpp's names and order of rows. One alpha holds for all: where a module's scale is another one, it is part of B.
 *
 * @param model the base model
 * @param adapter its files
 * @throws `unsupported-gguf` for an adapter that is more than pairs of maps (DoRA, trained biases, whole modules)
 */
export async function saveGgufLora(
  model: Model,
  { config, tensors }: PeftFiles,
  files: Files,
  path: string,
  options: { readonly encoding?: GgufEncoding; readonly origin?: GgufOrigin } = {},
): Promise<void> {
  const refuse = (what: string, value: unknown): never => {
    throw unsupportedGguf(files.locate(path), what, value, 'plain LoRA of linear maps');
  };
  if (config['peft_type'] !== 'LORA')
    refuse(`an adapter of the type ${String(config['peft_type'])}`, config['peft_type']);
  if (config['use_dora'] === true) refuse('an adapter with use_dora', true);
  const family = writtenFamily(model);
  const configuration = explicitConfiguration(model);
  const named = createNames(family, configuration);
  const changes = family.changes?.(configuration) ?? (() => undefined);
  const pairs = new Map<string, { a?: HostTensor; b?: HostTensor }>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const [, module, side] =
      /^base_model\.model\.(.+)\.lora_([AB])\.(?:[^.]+\.)?weight$/.exec(name) ?? [];
    if (module === undefined) refuse(`the adapter's tensor "${name}"`, name);
    const pair = pairs.get(module!) ?? {};
    pairs.set(module!, { ...pair, [side === 'A' ? 'a' : 'b']: tensor });
  }
  const alpha = config['lora_alpha'] as number;
  const type = types[options.encoding ?? 'f32'];
  const written: PendingGgufTensor[] = [];
  for (const [module, { a, b }] of pairs) {
    const target = named(`${module}.weight`) ?? refuse(`the adapter's module "${module}"`, module);
    if (!a || !b || target.expert !== undefined)
      return refuse(`the adapter's module "${module}"`, module);
    const rank = a.shape[0]!;
    const factor = (scaleOf(config, module, rank) * rank) / alpha;
    const change = changes(target.pattern);
    const rows = change?.kind === 'rows' ? change : undefined;
    const scaled = Float32Array.from(b.data as Float32Array, (value) =>
      Math.fround(value * factor),
    );
    written.push(
      {
        name: `${target.name}.lora_a`,
        shape: a.shape,
        type,
        read: async () => a.data as Float32Array,
      },
      {
        name: `${target.name}.lora_b`,
        shape: b.shape,
        type,
        read: async () => changedForFile(scaled, b.shape, rows),
      },
    );
  }
  const metadata = new Map<string, WrittenValue>([
    ['general.architecture', { type: 'string', value: family.architecture }],
    ['general.type', { type: 'string', value: 'adapter' }],
    ['general.name', { type: 'string', value: options.origin?.title ?? 'LoRA' }],
    ...originMetadata(options.origin ?? {}),
    ['adapter.type', { type: 'string', value: 'lora' }],
    ['adapter.lora.alpha', { type: 'float32', value: alpha }],
  ]);
  await writeGguf(files, path, metadata, written);
}
