import type { Model } from '@tunesmith/models';
import { checkAdapterName, saveAdapter, type Adapter } from '@tunesmith/peft';
import { filesBelow, TunesmithError, type Files } from '@tunesmith/schema';

/** The file that says how the adapters of a folder of AdapterHub work together. */
export const setupFile = 'adapter_setup.json';

/** Whose files AdapterHub loads, by the name of their tensors. */
const hubTensorFile = 'adapter.safetensors';

/**
 * Names of adapters that a setup of AdapterHub stacks one on the other, the first closest to the model; undefined for other setups,
 * which are for their method to read.
 *
 * @param text of `adapter_setup.json`
 */
export function stackIn(text: string): string[] | undefined {
  try {
    const { adapter_setup: setup, head_setup: heads = null } = JSON.parse(text) as {
      adapter_setup: { type: string; children: readonly { type: string; children: string[] }[] };
      head_setup?: unknown;
    };
    const isStack = setup.type === 'Stack' && setup.children.every(({ type }) => type === 'single');
    if (!isStack || heads !== null || setup.children.length === 0) return undefined;
    return setup.children.map(({ children }) => checkAdapterName(children[0] ?? ''));
  } catch {
    // What is wrong with it is said where the folder is read.
    return undefined;
  }
}

/**
 * Saves adapters as AdapterHub's `save_adapter_setup` does those of a `Stack`: each into a folder of its name, and
 * `adapter_setup.json` last.
 *
 * @param adapters the first closest to the model
 * @param base what is said of the base model: see `saveAdapter`
 * @throws TunesmithError `unsupported-format` for an adapter whose files are not AdapterHub's
 */
export async function saveStack(
  folder: Files,
  adapters: readonly Adapter[],
  base: { baseModel: string; model: Model },
): Promise<void> {
  const foreign = adapters.find(({ method }) => method.files.tensorFile !== hubTensorFile);
  if (foreign)
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'unsupported-format',
      message: `"${foreign.name}" is ${foreign.method.name}, which AdapterHub does not stack`,
      value: foreign.method.name,
      accepted: 'bottleneck adapters: adapter, pfeiffer, parallel-adapter',
    });
  for (const adapter of adapters)
    await saveAdapter(filesBelow(folder, adapter.name), adapter, base);
  const setup = {
    adapter_setup: {
      type: 'Stack',
      children: adapters.map(({ name }) => ({ type: 'single', children: [name] })),
    },
    head_setup: null,
    version: 'adapters.1.3.0',
  };
  await folder.write(setupFile, `${JSON.stringify(setup, null, 2)}\n`);
}
