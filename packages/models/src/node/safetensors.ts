import { basename, dirname } from 'node:path';
import type { HostTensor } from '@tunesmith/runtime';
import type { Files } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import type { SafetensorsTensor } from '../safetensors/format.ts';
import * as reader from '../safetensors/read.ts';
import * as writer from '../safetensors/write.ts';

/** The folder of a file, and the file's name in it. */
function placeOf(path: string): [Files, string] {
  return [nodeFiles(dirname(path)), basename(path)];
}

/** Reads and checks the header of a safetensors file: see {@link reader.openSafetensors}, which takes any `Files`. */
export async function openSafetensors(path: string): Promise<reader.SafetensorsFile> {
  return reader.openSafetensors(...placeOf(path));
}

/** Reads a whole safetensors file: see {@link reader.readSafetensors}, which takes any `Files`. */
export async function readSafetensors(path: string): ReturnType<typeof reader.readSafetensors> {
  return reader.readSafetensors(...placeOf(path));
}

/** Reads a whole safetensors file as the runtime takes tensors: see {@link reader.readWeights}, which takes any `Files`. */
export async function readWeights(path: string): Promise<Record<string, HostTensor>> {
  return reader.readWeights(...placeOf(path));
}

/**
 * Writes a safetensors file atomically: see {@link writer.writeSafetensors}, which takes any `Files`.
 *
 * @param path the file; its folder exists
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, HostTensor | SafetensorsTensor | writer.PendingTensor>>,
  metadata?: Readonly<Record<string, string>>,
  options?: { readonly floating?: writer.FloatingType },
): Promise<void> {
  await writer.writeSafetensors(...placeOf(path), tensors, metadata, options);
}
