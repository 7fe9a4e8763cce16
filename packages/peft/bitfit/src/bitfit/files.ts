import { ownFormat } from '@tunesmith/peft';
import type { AdapterFormat } from '@tunesmith/peft';
import { bitfitConfigSchema } from './config.ts';
import type { BitfitConfig } from './config.ts';
import { planBitfit } from './plan.ts';
import { queryBias } from './query-part.ts';

/**
 * BitFit in a format of its own ({@link ownFormat}): the bias of each map and norm `[out]` under its Hugging Face name
 * (`<module>.bias`), whether it was there before or was added; of joint maps the queries' part, `<module>.query.bias` `[queries]`.
 */
export const bitfitFiles: AdapterFormat<BitfitConfig> = ownFormat<BitfitConfig>({
  package: '@tunesmith/bitfit',
  method: 'bitfit',
  schema: bitfitConfigSchema,
  plan: planBitfit,
  tensors: ({ tensors, base }, model) => [
    ...tensors.map(({ name, shape, site }) => ({
      name,
      key: name === queryBias(site!) ? `${site}.query.bias` : `${site}.bias`,
      shape,
    })),
    ...base.map((name) => ({ name, key: name, shape: model.tensors[name]?.shape ?? [] })),
  ],
});
