import { TunesmithError, unknownName } from '@tunesmith/schema';
import type { Feeds, TensorFunction } from '../device.ts';
import {
  isHostTensor,
  sizeOf,
  type DeviceTensor,
  type HostTensor,
  type TensorMap,
} from '../tensor.ts';

/** The error for a handle that another device made, or that is no handle at all. */
export function foreignTensor(device: string, what: string, value: unknown): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'invalid-feed',
    message: `${what} is not a tensor of device "${device}"`,
    value,
    accepted: `a host tensor, or a device tensor made by this "${device}" device`,
  });
}

/** The error for a handle whose memory was given back. */
export function disposedTensor(what: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'disposed-tensor',
    message: `${what} was disposed`,
    accepted: 'a tensor that is still held',
  });
}

/** The error for a function that is called after its device was closed. */
export function closedDevice(device: string, label: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'device-closed',
    message: `${label} was called after device "${device}" was closed`,
    accepted: 'calls before close()',
  });
}

/** The error for a function that is called after it was disposed. */
export function disposedFunction(label: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'disposed-function',
    message: `${label} was called after it was disposed`,
    accepted: 'calls before dispose()',
  });
}

/** The feeds of a call and those that are fixed, together. */
export function withFixed(
  label: string,
  feeds: Feeds,
  fixed: Readonly<Record<string, DeviceTensor>>,
): Feeds {
  const twice = Object.keys(feeds).find((name) => Object.hasOwn(fixed, name));
  if (twice === undefined) return { ...fixed, ...feeds };
  throw new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'invalid-feed',
    message: `feed "${twice}" of ${label} is fixed and was given to a call`,
    value: twice,
    accepted: 'feeds that are not fixed',
  });
}

/** Disposes the feeds that a call used up. */
export function disposeFeeds(feeds: Feeds, names: readonly string[]): void {
  for (const name of names) {
    const feed = feeds[name];
    if (feed && !isHostTensor(feed)) feed.dispose();
  }
}

/** Checks the arguments of `writeRows`; see the contract of `Device`. */
export function checkRows(
  target: DeviceTensor,
  firstRow: number,
  rows: DeviceTensor | HostTensor,
): void {
  const [held = 0, ...width] = target.shape;
  const [count = 0, ...rowWidth] = rows.shape;
  const fits = Number.isInteger(firstRow) && firstRow >= 0 && firstRow + count <= held;
  const sameRow =
    target.shape.length > 0 &&
    width.length === rowWidth.length &&
    sizeOf(width) === sizeOf(rowWidth);
  if (fits && sameRow && width.every((d, i) => d === rowWidth[i]) && target.dtype === rows.dtype)
    return;
  throw new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'invalid-rows',
    message: `rows [${rows.shape.join(', ')}] ${rows.dtype} cannot be written at row ${firstRow} of [${target.shape.join(', ')}] ${target.dtype}`,
    value: rows.shape,
    accepted: `${target.dtype} rows [n, ${width.join(', ')}] with firstRow + n ≤ ${held}`,
  });
}

/**
 * Those of a function's outputs that a caller wants.
 *
 * @throws TunesmithError `unknown-name`
 */
export function pickWanted<T>(
  label: string,
  outputs: Readonly<Record<string, T>>,
  wanted: readonly string[] | undefined,
): Readonly<Record<string, T>> {
  if (!wanted) return outputs;
  return Object.fromEntries(
    wanted.map((name) => {
      if (!Object.hasOwn(outputs, name))
        throw unknownName({
          package: '@tunesmith/runtime',
          kind: `output of ${label}`,
          name,
          names: Object.keys(outputs),
        });
      return [name, outputs[name]!];
    }),
  );
}

/** Calls `fn`; if it fails after reading feeds that it was not given, the error names them. */
export function callNamingMissing(label: string, fn: TensorFunction, feeds: TensorMap): TensorMap {
  const missing = new Set<string>();
  const watched = new Proxy(feeds, {
    get(target, name) {
      if (typeof name === 'string' && !(name in target)) missing.add(name);
      return Reflect.get(target, name);
    },
  });
  try {
    return fn(watched);
  } catch (error) {
    if (missing.size === 0 || TunesmithError.is(error)) throw error;
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'invalid-feed',
      message: `${label} failed after reading feeds it was not given: ${[...missing].join(', ')} (${(error as Error).message})`,
      value: [...missing],
      accepted: Object.keys(feeds),
      cause: error,
    });
  }
}
