import { nodeFiles } from '@tunesmith/schema/node';
import type { Adapter } from '../contract.ts';
import * as pure from '../load-adapter.ts';

/** Reads an adapter directory: see {@link pure.loadAdapter}, which takes any `Files`. */
export async function loadAdapter(
  directory: string,
  options: Parameters<typeof pure.loadAdapter>[1],
): Promise<Adapter> {
  return pure.loadAdapter(nodeFiles(directory), options);
}
