import {
  choosePlugin,
  datasetAdapterKind,
  settle,
  type DatasetAdapter,
  type Mention,
} from '@tunesmith/schema';
import { alpaca } from './alpaca.ts';
import { messages } from './messages.ts';
import { sharegpt } from './sharegpt.ts';
import { tokenized } from './tokenized.ts';

/** The dataset adapters that come with this package. */
export const builtinAdapters: readonly DatasetAdapter[] = [alpaca, sharegpt, messages, tokenized];

/**
 * The adapter of that name, with the options beside the name settled.
 *
 * @param adapters what there is: built-ins by default, with a program's own added
 * @throws TunesmithError `unknown-name` naming the nearest; `invalid-dataset-adapter-<name>` for options that it refuses
 */
export function findAdapter(
  mention: Mention,
  adapters: readonly DatasetAdapter[] = builtinAdapters,
): DatasetAdapter {
  return settle(datasetAdapterKind, choosePlugin(datasetAdapterKind, mention, adapters));
}
