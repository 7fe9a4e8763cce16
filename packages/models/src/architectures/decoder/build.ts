import { readConfiguration } from '../../configuration/reader.ts';
import type { AttentionLayer } from '../../forward/attention-layer.ts';
import type { ExpertsLayer } from '../../forward/experts-layer.ts';
import type { ParallelSteps, Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { NormSite } from '../../sites.ts';
import { createSpecBuilder, type SpecBuilder } from '../builder.ts';
import { buildDecoderHead } from '../decoder-head.ts';
import { buildAttention, buildFeedForward } from '../layers.ts';
import type {
  DecoderAttention,
  DecoderDescription,
  DecoderFeedForward,
  ExpertsDescription,
} from './description.ts';

/** Everything the forward pass of a decoder needs that is derived from its configuration. */
export interface DecoderPlan {
  readonly description: DecoderDescription;
  readonly spec: ModelSpec;
  readonly steps: readonly (Step | ParallelSteps)[];
  readonly finalNorm: NormSite;
}

/** The plan of what a configuration comes to. */
export function buildDecoder(configuration: object, description: DecoderDescription): DecoderPlan {
  const { width, vocabulary, layers, positions, tied, norm, classifies = true } = description;
  const build = createSpecBuilder();
  const embed = build.embed('model.embed_tokens', { vocabulary, width });
  const steps = Array.from({ length: layers }, (_, layer) =>
    buildBlock(build, description, layer),
  ).flat();
  const finalNorm = build.norm('model.norm', { ...norm, width });
  const head = buildDecoderHead(build, readConfiguration(configuration), {
    name: 'lm_head',
    embed,
    tied,
    classifies,
    padding: description.padding,
  });
  const rotaries = Array.from({ length: layers }, (_, layer) =>
    rotaryOf(description.attention, layer),
  );
  const original = furthest(rotaries.map((one) => one?.long?.from));
  const spec = build.spec({
    modelType: (configuration as { model_type: string }).model_type,
    kind: 'decoder',
    width,
    maximumPositions: furthest(rotaries.map((one) => one?.maximumPositions)) ?? positions,
    ...(original === undefined ? {} : { originalPositions: original }),
    // A head for labels is trained without it, whatever the configuration says.
    ...(description.routerLoss === undefined || head.headKind.kind === 'labels'
      ? {}
      : { routerLoss: description.routerLoss }),
    embed,
    ...head,
    configuration: configuration as Readonly<Record<string, unknown>>,
  });
  return { description, spec, steps, finalNorm };
}

/** The largest of the numbers that there are. */
function furthest(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((one) => one !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

function rotaryOf({ rotary }: DecoderAttention, layer: number): AttentionLayer['rotary'] {
  return typeof rotary === 'function' ? rotary(layer) : rotary;
}

/** The steps of a block; its sites are named in the order of the forward pass. */
function buildBlock(
  build: SpecBuilder,
  description: DecoderDescription,
  layer: number,
): (Step | ParallelSteps)[] {
  const { width, norms, isParallel, attention } = description;
  const block = `model.layers.${layer}`;
  const place = { layer };
  const multiplier = description.multipliers?.residual;
  const normOf = (name: string | undefined): NormSite | undefined =>
    name === undefined
      ? undefined
      : build.norm(`${block}.${name}`, { ...description.norm, ...place, width });

  const beforeAttention = normOf(norms.attention.before);
  const window = attention.window?.(layer);
  const attentionLayer = {
    ...buildAttention(build, {
      place,
      name: `${block}.self_attn`,
      width,
      heads: { ...attention.heads, sees: 'causal', ...(window === undefined ? {} : { window }) },
      biases: attention.biases,
      ...(attention.joint === undefined
        ? {}
        : { joint: { name: attention.joint, order: 'parts' } }),
      ...(attention.norms ? { norms: attention.norms } : {}),
    }),
    rotary: rotaryOf(attention, layer),
    scale: attention.scale,
    softCap: attention.softCap,
    ...(attention.dropout ? { dropout: attention.dropout } : {}),
  };
  const first = {
    before: beforeAttention,
    attention: attentionLayer,
    after: normOf(norms.attention.after),
    multiplier,
  };
  const second = {
    before: isParallel ? beforeAttention : normOf(norms.feedForward.before),
    ...buildInner(build, description, layer),
    after: normOf(norms.feedForward.after),
    multiplier,
  };
  return isParallel ? [{ parallel: [first, second] }] : [first, second];
}

function buildInner(
  build: SpecBuilder,
  { width, feedForward }: DecoderDescription,
  layer: number,
): Pick<Extract<Step, { feedForward: unknown }>, 'feedForward'> | { experts: ExpertsLayer } {
  const block = `model.layers.${layer}`;
  const one = typeof feedForward === 'function' ? feedForward(layer) : feedForward;
  if ('experts' in one) return { experts: buildExperts(build, { layer, width }, one) };
  const name = `${block}.mlp`;
  const { inner, activation, bias = false, dropout = 0 } = one;
  const full = Object.fromEntries(
    Object.entries(one.names).map(([role, map]) => [role, `${name}.${map}`]),
  ) as typeof one.names;
  return {
    feedForward: {
      ...buildFeedForward(build, { place: { layer }, name, width, inner, bias, names: full }),
      activation,
      dropout: { inner: 0, output: dropout },
    },
  };
}

function buildExperts(
  build: SpecBuilder,
  { layer, width }: { readonly layer: number; readonly width: number },
  { inner, activation, experts }: DecoderFeedForward & { readonly experts: ExpertsDescription },
): ExpertsLayer {
  const { count, perRow, normalized, names, jitter = 0 } = experts;
  const place = { layer };
  const module = `model.layers.${layer}.${experts.module}`;
  const router = build.linear(`${module}.gate`, {
    role: 'router',
    ...place,
    in: width,
    out: count,
    bias: false,
  });
  const maps = Array.from({ length: count }, (_, expert) => {
    const name = `${module}.experts.${expert}`;
    const shared = { ...place, expert, bias: false };
    return {
      gate: build.linear(`${name}.${names.gate}`, {
        role: 'gate',
        ...shared,
        in: width,
        out: inner,
      }),
      up: build.linear(`${name}.${names.up}`, { role: 'up', ...shared, in: width, out: inner }),
      down: build.linear(`${name}.${names.down}`, {
        role: 'down',
        ...shared,
        in: inner,
        out: width,
      }),
    };
  });
  const weights = (...of: ('gate' | 'up' | 'down')[]): string[] =>
    maps.flatMap((map) => of.map((role) => map[role].weight));
  // Newer files hold the experts of a layer in two tensors, and name the module like any feed-forward layer.
  const newer = `model.layers.${layer}.mlp`;
  build.joined(`${newer}.experts.gate_up_proj`, [count, 2 * inner, width], weights('gate', 'up'));
  build.joined(`${newer}.experts.down_proj`, [count, width, inner], weights('down'));
  if (newer !== module) build.joined(`${newer}.gate.weight`, [count, width], [router.weight]);
  const sublayer = build.sublayer(module, { ...place, role: 'feed_forward', width });
  return { router, maps, activation, perRow, normalized, jitter, sublayer };
}
