import type { ModelSpec } from '@tunesmith/models';
import type { Init, Plan, PlannedTensor } from '@tunesmith/peft';
import type { FusionConfig } from './config.ts';
import { memberPlan, membersOf, memberTensor } from './members.ts';

/** Local names of the maps of a sub-layer's fusion, `[width, width]`, and their biases `[width]`. */
export function fusionNames(
  site: string,
): Record<'queryWeight' | 'queryBias' | 'keyWeight' | 'keyBias' | 'valueWeight', string> {
  return {
    queryWeight: `${site}.fusion.query.weight`,
    queryBias: `${site}.fusion.query.bias`,
    keyWeight: `${site}.fusion.key.weight`,
    keyBias: `${site}.fusion.key.bias`,
    valueWeight: `${site}.fusion.value.weight`,
  };
}

/** The adapters' tensors, frozen, and the maps of a fusion at each of their sub-layers. */
export function planFusion(model: ModelSpec, config: FusionConfig): Plan {
  const { adapters } = membersOf(config);
  const plans = adapters.map((member) => memberPlan(model, member));
  const frozen = adapters.flatMap((member, i) =>
    plans[i]!.tensors.map((tensor): PlannedTensor => ({
      ...tensor,
      name: memberTensor(member.name, tensor.name),
      frozen: true,
      // A loaded fusion has its adapters' values; only a new one comes here.
      init: {
        kind: 'computed',
        compute: () => member.parameters![tensor.name]!.data as Float32Array,
      },
    })),
  );
  const { sites } = plans[0]!;
  return {
    tensors: [...frozen, ...sites.flatMap((site) => mapsOf(model, config, site))],
    base: [],
    sites,
  };
}

function mapsOf({ width }: ModelSpec, { value }: FusionConfig, site: string): PlannedTensor[] {
  const names = fusionNames(site);
  const matrix = (name: string, init: Init): PlannedTensor => ({
    name,
    shape: [width, width],
    init,
    site,
  });
  const bias = (name: string): PlannedTensor => ({
    name,
    shape: [width],
    init: { kind: 'zeros' },
    site,
  });
  const narrow: Init = { kind: 'normal', std: 0.02 };
  return [
    matrix(names.queryWeight, narrow),
    bias(names.queryBias),
    matrix(names.keyWeight, narrow),
    bias(names.keyBias),
    ...(value
      ? [matrix(names.valueWeight, { kind: 'computed', compute: () => nearIdentity(width) })]
      : []),
  ];
}

/** Ones on the diagonal and 1e-6 beside it, as AdapterHub begins. */
function nearIdentity(width: number): Float32Array {
  return Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 1e-6));
}
