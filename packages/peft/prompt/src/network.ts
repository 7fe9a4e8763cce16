import { TunesmithError } from '@tunesmith/schema';
import { largestDifference } from '@tunesmith/peft';
import type { AdapterFiles, Init, PlannedTensor } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { promptTensor } from './peft-prompt.ts';

/** A weight and a bias of a linear map as torch draws them: U(−1/√in, 1/√in) both. */
export function plannedLinear(
  name: string,
  from: number,
  to: number,
  site: string,
): PlannedTensor[] {
  const init: Init = { kind: 'kaiming-uniform', fanIn: from };
  return [
    { name: `${name}.weight`, shape: [to, from], init, site },
    { name: `${name}.bias`, shape: [to], init, site },
  ];
}

/** Rounding moves what a network gives by less than this share of its largest value. */
const tolerance = 1e-4;

/**
 * What training goes on from, where it lies beside an adapter: the tensors of the network whose outcome the adapter's file holds.
 *
 * @param outcome computes what the file must hold
 * @returns undefined where nothing lies beside it
 * @throws TunesmithError `adapter-tensors` for a missing, extra or mis-shaped tensor, and where the outcome is another
 */
export function readNetwork(
  files: AdapterFiles,
  planned: readonly PlannedTensor[],
  outcome: (tensors: Readonly<Record<string, HostTensor>>) => HostTensor,
): Record<string, HostTensor> | undefined {
  const { training, directory } = files;
  if (!training) return undefined;
  const wrong =
    planned.find(({ name, shape }) => training[name]?.shape.join() !== shape.join())?.name ??
    Object.keys(training).find((name) => !planned.some((tensor) => tensor.name === name));
  if (wrong !== undefined)
    throw damaged(
      directory,
      `what training goes on from does not fit the configuration at tensor "${wrong}"`,
      wrong,
    );
  const stored = files.tensors[promptTensor]!;
  const largest = (stored.data as Float32Array).reduce(
    (most, value) => Math.max(most, Math.abs(value)),
    1,
  );
  if (largestDifference(outcome(training), stored) <= tolerance * largest) return { ...training };
  throw damaged(
    directory,
    `what training goes on from gives another "${promptTensor}" than the adapter holds`,
    promptTensor,
  );
}

function damaged(directory: string, message: string, value: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/prompt',
    code: 'adapter-tensors',
    message: `${directory}: ${message}`,
    value,
    accepted: 'the files as they were written together, or the adapter without that file',
  });
}
