import type { ModelSpec } from '@tunesmith/models';
import type { Plan } from '@tunesmith/peft';
import { linearTargets, trainedBase } from '../targets.ts';
import type { VeraConfig } from './config.ts';
import { veraNames } from './names.ts';
import { plannedProjections } from './projections.ts';

/** Two vectors for each target, and the projections. */
export function planVera(model: ModelSpec, config: VeraConfig): Plan {
  const sites = linearTargets(model, config);
  const { base, untied } = trainedBase(model, config, sites);
  return {
    tensors: [
      ...sites.flatMap(({ name, out }) => {
        const { d, b } = veraNames(name);
        const first = { kind: 'constant', value: config.d_initial } as const;
        return [
          { name: d, shape: [config.r], init: first, site: name },
          { name: b, shape: [out], init: { kind: 'zeros' } as const, site: name },
        ];
      }),
      ...plannedProjections(sites, config),
    ],
    base,
    sites: sites.map(({ name }) => name),
    ...(untied ? { untied } : {}),
  };
}
