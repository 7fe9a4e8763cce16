import { validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import {
  baseShape,
  matchTensors,
  peftBaseConfig,
  peftPrefix,
  peftTensorFile,
  presentModules,
  refuseUnknownOptions,
} from '@tunesmith/peft';
import type { AdapterFiles, AdapterFormat, ExpectedTensor, Plan } from '@tunesmith/peft';
import { ia3ConfigSchema } from './config.ts';
import type { Ia3Config } from './config.ts';
import { peftMaps } from './peft-maps.ts';
import { planIa3, scaledSites, withTargets } from './plan.ts';

const owner = '@tunesmith/adapter';

/** IA³ in the files of Hugging Face PEFT: `peft_type` `IA3`, a tensor `ia3_l` of each target. */
export const ia3Files: AdapterFormat<Ia3Config> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "IA3"',
  recognizes: (config) => config['peft_type'] === 'IA3',
  write: ({ config: given, model, plan, parameters }, { baseModel }) => {
    const config = withTargets(model, given);
    const scaled = scaledSites(model, config);
    return {
      config: {
        ...peftBaseConfig('IA3', baseModel, model),
        exclude_modules: config.exclude_modules,
        fan_in_fan_out: scaled.some(({ site }) => site.layout === 'in_out'),
        feedforward_modules: writtenFeedforward(config, scaled),
        init_ia3_weights: true,
        modules_to_save: config.modules_to_save,
        target_modules: config.targets,
      },
      tensors: Object.fromEntries(
        expectedTensors(plan, model).map(({ name, key }) => [key, parameters[name]!]),
      ),
    };
  },
  read: (files, model) => {
    const config = readConfig(files, model);
    const expected = expectedTensors(planIa3(model, config), model);
    return {
      config,
      parameters: matchTensors({ package: owner, files, expected, prefix: peftPrefix }),
    };
  },
};

function expectedTensors({ tensors, base }: Plan, model: ModelSpec): ExpectedTensor[] {
  return [
    ...tensors.map(({ name, shape }) => ({ name, key: peftPrefix + name, shape })),
    ...base.map((name) => ({
      name,
      key: peftPrefix + name,
      shape: baseShape(model, name) ?? [],
    })),
  ];
}

/** PEFT goes by the bare end of a name: where that would take other targets too, the names are written in full. */
function writtenFeedforward(
  { feedforward }: Ia3Config,
  scaled: ReturnType<typeof scaledSites>,
): Ia3Config['feedforward'] {
  const means = (list: readonly string[]): boolean =>
    scaled.every(({ site, input }) => list.some((end) => site.name.endsWith(end)) === input);
  if (feedforward === null || typeof feedforward === 'string' || means(feedforward))
    return feedforward;
  return scaled.flatMap(({ site, input }) => (input ? [site.name] : []));
}

function readConfig({ config: json, directory }: AdapterFiles, model: ModelSpec): Ia3Config {
  refuseUnknownOptions({
    package: owner,
    directory,
    config: json,
    known: [
      'exclude_modules',
      'feedforward_modules',
      'modules_to_save',
      'target_modules',
      // What a stored adapter has behind it, and what PEFT's loader corrects by itself.
      'fan_in_fan_out',
      'init_ia3_weights',
    ],
  });
  const value = {
    ...peftMaps(json, model),
    exclude_modules: json['exclude_modules'] ?? null,
    modules_to_save: presentModules(json['modules_to_save'], model),
  };
  return validate<Ia3Config>(ia3ConfigSchema, value, {
    package: owner,
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
  });
}
