import { TunesmithError } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import type { Adapter, Artifact, Plan, PrepareContext } from '@tunesmith/peft';
import { bottleneckKinds } from '../bottleneck/kinds.ts';
import type { BottleneckForm } from '../bottleneck/bottleneck.ts';
import type { BottleneckConfig } from '../bottleneck/config.ts';
import { planBottleneck } from '../bottleneck/plan.ts';
import type { FusedAdapter, FusionConfig } from './config.ts';

const owner = '@tunesmith/adapter';

/** The artifact that names the adapters to mix. */
const artifactName = 'adapters';

/**
 * The configuration with the adapters that the artifact `adapters` lists.
 *
 * @throws TunesmithError `unknown-name` where a recipe names no such artifact; `invalid-fusion` for fewer than two, and for those
 * that cannot be mixed
 */
export async function prepareFusion(
  config: FusionConfig,
  { artifacts }: PrepareContext,
): Promise<FusionConfig> {
  const found = (await artifacts.all(artifactName)).map(bottleneckOf);
  if (found.length < 2)
    throw invalidFusion(
      `artifact "${artifactName}" lists ${found.length} adapter`,
      found.length,
      'at least two folders of adapters',
    );
  const [first] = found;
  for (const other of found) {
    if (other.form !== first!.form)
      throw invalidFusion(
        `adapters of "${first!.adapter.method.name}" and "${other.adapter.method.name}" cannot be mixed`,
        other.adapter.method.name,
        'adapters of one method',
      );
    const [own, first_] = [other.adapter.plan.sites.join(), first!.adapter.plan.sites.join()];
    if (own !== first_)
      throw invalidFusion(
        `adapter ${found.indexOf(other) + 1} stands at other places than the first`,
        other.adapter.plan.sites,
        first!.adapter.plan.sites.join(', '),
      );
  }
  const names = found.map(({ adapter }) => adapter.name);
  // Each becomes a folder in AdapterHub's arrangement, and on some disks letter case makes none of its own.
  const isUnique = new Set(names.map((name) => name.toLowerCase())).size === names.length;
  return {
    ...config,
    form: first!.form,
    adapters: found.map(({ adapter }, i) => ({
      name: isUnique ? adapter.name : `${adapter.name}-${i + 1}`,
      config: adapter.config as BottleneckConfig,
      parameters: adapter.parameters,
    })),
  };
}

function bottleneckOf(artifact: Artifact): { adapter: Adapter; form: BottleneckForm } {
  const adapter = artifact.kind === 'adapter' ? artifact.adapter : undefined;
  const kind = bottleneckKinds.find(({ name }) => name === adapter?.method.name);
  if (!adapter || !kind || kind.form === 'parallel')
    throw invalidFusion(
      `artifact "${artifactName}" holds ${adapter ? `an adapter of "${adapter.method.name}"` : 'tensors'}`,
      adapter?.method.name,
      'adapters of "adapter" or "pfeiffer"',
    );
  if (adapter.plan.base.length > 0)
    throw invalidFusion(
      `adapter "${adapter.name}" trained norms of the base, and there is room for one copy of each`,
      adapter.plan.base[0],
      'adapters without train_layer_norms',
    );
  return { adapter, form: kind.form };
}

/** The adapters of a configuration. @throws TunesmithError `invalid-fusion` where it was not prepared */
export function membersOf({ adapters, form }: FusionConfig): {
  adapters: readonly FusedAdapter[];
  form: BottleneckForm;
} {
  if (adapters && form) return { adapters, form };
  throw invalidFusion(
    'the adapters to mix are not known',
    undefined,
    'a configuration completed by prepare',
  );
}

/** Local name of a tensor of one of the adapters. */
export function memberTensor(adapter: string, name: string): string {
  return `adapters.${adapter}.${name}`;
}

/** The plan of one of the adapters. */
export function memberPlan(model: ModelSpec, { config }: FusedAdapter): Plan {
  // Sizes were settled when it was made or read; the factor stands for those that a recipe left to its method.
  return planBottleneck(model, config, 16);
}

/** The error of this package for adapters that cannot be mixed. */
function invalidFusion(message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({ package: owner, code: 'invalid-fusion', message, value, accepted });
}
