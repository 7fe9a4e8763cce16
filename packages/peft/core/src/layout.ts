import { readWeights, writeSafetensors } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError, type Files } from '@tunesmith/schema';
import type { Adapter, AdapterFiles, AdapterLayout, LayoutFiles, PeftMethod } from './contract.ts';
import { pythonJson } from './python-json.ts';
import { readJson, unreadable } from './read-json.ts';

/**
 * The method whose layout a folder without `adapter_config.json` has, with the layout's files as the format's own; undefined where
 * no method knows the folder.
 *
 * @throws TunesmithError `adapter-files` for a file that is missing or cannot be read; what the layout refuses
 */
export async function readLayout(
  files: Files,
  methods: readonly PeftMethod[],
): Promise<{ method: PeftMethod; files: Pick<AdapterFiles, 'config' | 'tensors'> } | undefined> {
  for (const method of methods) {
    const { layout } = method.files;
    if (!layout || !(await files.stat(layout.configFile))) continue;
    const config = await readJson(files, layout.configFile);
    if (layout.recognizes(config))
      return { method, files: layout.gather(await partsOf(files, layout, config)) };
  }
  return undefined;
}

async function partsOf(
  files: Files,
  layout: AdapterLayout,
  config: Record<string, unknown>,
): Promise<LayoutFiles> {
  const json: Record<string, Record<string, unknown>> = { [layout.configFile]: config };
  const tensors: Record<string, Record<string, HostTensor>> = {};
  for (const path of layout.parts(config)) {
    if (path.endsWith('.json')) json[path] = await readJson(files, path);
    else if (await files.stat(path)) tensors[path] = await readWeights(files, path);
    else
      throw unreadable(
        files.locate(),
        `${files.locate(path)} does not exist; Python pickles (.bin) are not read: save with use_safetensors=True`,
      );
  }
  return { json, tensors };
}

/**
 * Writes an adapter as another program arranges its files: the layout of its method's format.
 *
 * @param files a folder; other files in it are left alone
 * @throws TunesmithError `no-layout` where the format has none: its usual files are all there are
 */
export async function exportAdapter(
  files: Files,
  adapter: Adapter,
  options: { readonly baseModel: string },
): Promise<void> {
  const { method } = adapter;
  const { layout } = method.files;
  if (!layout)
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'no-layout',
      message: `adapter "${adapter.name}" (${method.name}) has no other files than its usual ones`,
      value: method.name,
      accepted: 'saveAdapter, which writes what other programs read',
    });
  const { json, tensors } = layout.spread(method.files.write(adapter, options));
  for (const [path, part] of Object.entries(tensors))
    await writeSafetensors(files, path, { ...part }, { format: 'pt' });
  const configs = Object.entries(json).filter(([path]) => path !== layout.configFile);
  for (const [path, part] of configs) await files.write(path, pythonJson(part));
  await files.write(layout.configFile, pythonJson(json[layout.configFile]!));
}
