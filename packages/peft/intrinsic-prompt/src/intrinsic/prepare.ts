import type { PrepareContext } from '@tunesmith/peft';
import { decoderOf } from '../decoder.ts';
import { invalidSubspace } from '../refuse.ts';
import type { IntrinsicConfig } from './config.ts';

/** Sizes of a random decoder where a recipe says nothing: the paper's. */
const usual = { dimensions: 250, virtualTokens: 100 };

/**
 * The configuration with the sizes of its decoder, and with the decoder itself where the artifact `subspace` has it.
 *
 * @throws TunesmithError `unknown-name` where the recipe names no such artifact; `invalid-subspace` where it has no decoder, or one
 * of other sizes
 */
export async function prepareIntrinsic(
  config: IntrinsicConfig,
  { artifacts, model }: PrepareContext,
): Promise<IntrinsicConfig> {
  const { width } = model.spec;
  if (config.decoder === 'random')
    return {
      ...config,
      dimensions: config.dimensions ?? usual.dimensions,
      hidden: config.hidden ?? width,
      virtual_tokens: config.virtual_tokens ?? usual.virtualTokens,
    };
  const artifact = await artifacts.get('subspace');
  const { sizes, values } = decoderOf(
    artifact.kind === 'adapter' ? artifact.adapter.parameters : artifact.tensors,
  );
  const count = sizes.prompt / width;
  if (!Number.isInteger(count))
    throw invalidSubspace(
      `artifact "subspace" gives prompts of ${sizes.prompt} numbers, and the model's width is ${width}`,
      sizes.prompt,
      'a subspace that was found on this model',
    );
  const found = { dimensions: sizes.dimensions, hidden: sizes.hidden, virtual_tokens: count };
  for (const [name, size] of Object.entries(found)) {
    const stated = config[name as keyof typeof found];
    if (stated === null || stated === size) continue;
    throw invalidSubspace(
      `${name} is ${stated}, and artifact "subspace" has ${size}`,
      stated,
      `${name}: ${size}, or nothing`,
    );
  }
  return { ...config, ...found, values };
}
