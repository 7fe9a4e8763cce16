import { isAddress } from '@tunesmith/datasets/node';
import { isHubName, pinHubRows } from '../data/hub-place.ts';
import { candidates } from './candidates.ts';
import { locate, type Reach } from './locate.ts';

/** Whether data lies where no file of this machine is: behind an address, on the hub, in the standard input. */
export function isElsewhere(path: string): boolean {
  return path === '-' || isAddress(path) || isHubName(path);
}

/**
 * Where data is that a recipe or a command names: the absolute path of a file, a folder or a pattern, beside the recipe first and then
 * from the working folder; an address, a name of the hub and `-` as they are.
 *
 * @throws TunesmithError `missing-path`
 */
export async function locateData(path: string, directory: string): Promise<string> {
  if (isElsewhere(path)) return path;
  if (!/[*?[{]/.test(path)) return locate(path, directory, 'the data file');
  // A name may hold such characters; else it is a pattern, whose files are looked for where they are.
  return locate(path, directory, 'the data file').catch(async () => {
    const patterns = candidates(path, directory);
    for (const pattern of patterns) if (await matchesSome(pattern)) return pattern;
    return patterns[0]!;
  });
}

/** {@link locateData}, with the commit in names of the hub, so that they mean the same rows forever. */
export async function pinData(path: string, directory: string, reach: Reach): Promise<string> {
  if (!isHubName(path)) return locateData(path, directory);
  const { onWork, onWarning } = reach;
  return pinHubRows(path, {
    ...(onWork ? { onWork } : {}),
    ...(onWarning ? { onWarning } : {}),
  });
}

async function matchesSome(pattern: string): Promise<boolean> {
  const { placeOf } = await import('@tunesmith/datasets/node');
  return placeOf(pattern)
    .files()
    .then(
      () => true,
      () => false,
    );
}
