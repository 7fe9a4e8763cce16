import { unknownName, type DatasetAdapter } from '@tunesmith/schema';
import { alpaca } from './alpaca.ts';
import { messages } from './messages.ts';
import { sharegpt } from './sharegpt.ts';
import { tokenized } from './tokenized.ts';

/** The dataset adapters that come with this package. */
export const builtinAdapters: readonly DatasetAdapter[] = [alpaca, sharegpt, messages, tokenized];

/**
 * The adapter of that name.
 *
 * @param adapters what there is: built-ins by default, with a program's own added
 * @throws TunesmithError `unknown-name` naming the nearest
 */
export function findAdapter(
  name: string,
  adapters: readonly DatasetAdapter[] = builtinAdapters,
): DatasetAdapter {
  const found = adapters.find((adapter) => adapter.name === name);
  if (found) return found;
  throw unknownName({
    package: '@tunesmith/datasets',
    kind: 'dataset adapter',
    name,
    names: adapters.map((adapter) => adapter.name),
  });
}
