import { TunesmithError } from '@tunesmith/schema';
import type { EmbedSite, LinearSite, ModelSpec } from '@tunesmith/models';
import type { Plan, PlannedTensor, WeightSite } from '@tunesmith/peft';
import type { LoraConfig } from './config.ts';
import { lengthsOfOutputs } from './init/lengths.ts';
import { startOf } from './init/start.ts';
import { loraNames } from './names.ts';
import { rankOf, scalingOf } from './rank.ts';
import { targetSites, trainedBase } from './targets.ts';
import { plannedRows } from './token-rows.ts';

const owner = '@tunesmith/lora';

/**
 * Two matrices for every target, what the variants of LoRA have beside them, rows of trained tokens, and copies of the base
 * tensors that `bias` and `modules_to_save` name. A tied head that is adapted, or saved apart from the embedding, parts from it.
 *
 * @throws TunesmithError as `selectWeightSites`, `savedTensors`, {@link scalingOf} and `startOf`; `target-conflict` for what is
 * both adapted and saved whole; `unsupported-option` for settings that exclude each other
 */
export function planLora(model: ModelSpec, config: LoraConfig): Plan {
  const sites = targetSites(model, config);
  refuseContradictions(config, sites);
  const { base, untied } = trainedBase(model, config, sites);
  const rows = plannedRows(model, config, sites);
  const tensors = sites.flatMap((site) =>
    site.kind === 'embed' ? embeddingTensors(site, config) : linearTensors(site, config),
  );
  return {
    tensors: [...tensors, ...rows],
    base,
    sites: [...sites.map((site) => site.name), ...rows.map((row) => row.site)],
    ...(untied ? { untied } : {}),
  };
}

function linearTensors(site: LinearSite, config: LoraConfig): PlannedTensor[] {
  const names = loraNames(site);
  const rank = rankOf(config, site.name);
  const { name, out } = site;
  const start = startOf(site, config, { rank, scaling: scalingOf(config, name) });
  const rate = config.learning_rate_ratio === 1 ? {} : { learningRate: config.learning_rate_ratio };
  const a = { shape: [rank, site.in], init: start.a, site: name };
  const b = { shape: [out, rank], init: start.b, site: name };
  const derived = { frozen: true, derived: true } as const;
  return [
    { name: names.a, ...a },
    { name: names.b, ...b, ...rate },
    ...(start.movesBase
      ? [
          { name: names.startA, ...a, ...derived },
          { name: names.startB, ...b, ...derived },
        ]
      : []),
    ...(config.lora_bias
      ? [{ name: names.bias, shape: [out], init: { kind: 'zeros' } as const, site: name, ...rate }]
      : []),
    ...(config.use_dora
      ? [{ name: names.magnitude, shape: [out], init: lengthsOfOutputs(site), site: name, ...rate }]
      : []),
  ];
}

/** Of an embedding it is A that begins at zero, and B that is drawn, as in PEFT; no start of its weight is known. */
function embeddingTensors(site: EmbedSite, config: LoraConfig): PlannedTensor[] {
  const names = loraNames(site);
  const rank = rankOf(config, site.name);
  scalingOf(config, site.name);
  const { name, vocabulary, width } = site;
  const drawn = { kind: 'normal', std: 1 } as const;
  return [
    {
      name: names.a,
      shape: [rank, vocabulary],
      init: config.init === 'random' ? drawn : { kind: 'zeros' },
      site: name,
    },
    { name: names.b, shape: [width, rank], init: drawn, site: name },
    ...(config.use_dora
      ? [{ name: names.magnitude, shape: [width], init: lengthsOfOutputs(site), site: name }]
      : []),
  ];
}

function refuseContradictions(config: LoraConfig, sites: readonly WeightSite[]): void {
  const embedding = sites.find((site) => site.kind === 'embed');
  if (config.lora_bias && config.use_dora)
    throw contradiction('lora_bias and use_dora exclude each other: a length is of weights alone');
  if (config.lora_bias && embedding)
    throw contradiction(`lora_bias is for linear maps, and "${embedding.name}" is an embedding`);
}

function contradiction(message: string): TunesmithError {
  return new TunesmithError({
    package: owner,
    code: 'unsupported-option',
    message,
    accepted: 'one of them switched off',
  });
}

/**
 * Whether a target's update is added to its weight rather than to its output. So it is for a head of its own without
 * dropout: the loss then still needs the weight alone, and no logits of every position are kept.
 */
export function updatesWeight(model: ModelSpec, config: LoraConfig, site: WeightSite): boolean {
  const isHead = site.kind === 'linear' && site.head === true;
  return isHead && !model.tied && config.dropout === 0 && !config.lora_bias;
}
