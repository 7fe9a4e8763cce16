import type * as OrtModule from 'onnxruntime-node';
import { TunesmithError } from '@tunesmith/schema';

/** ONNX Runtime, as every one of its packages exports it. */
export type Ort = typeof OrtModule;

/**
 * Which build of ONNX Runtime runs graphs; called when a device is opened, not when the package is imported.
 *
 * @throws TunesmithError `device-unavailable` where it is not installed or does not load; `accepted` says what helps
 */
export type Loader = () => Promise<Ort>;

/** Loads `onnxruntime-node`: native code, with the execution providers that its build brings. */
export const loadOrt: Loader = async () => {
  try {
    const module = (await import('onnxruntime-node')) as Ort & { default?: Ort };
    return module.default ?? module;
  } catch (error) {
    throw unloaded(error as Error & { code?: string });
  }
};

/**
 * What helps where ONNX Runtime is missing. Its install script fetches libraries for graphics cards from elsewhere; where it
 * cannot, npm leaves the whole package out. With the variable it installs what runs on the processor alone.
 */
const remedy = 'install it: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30.0';

/** What went wrong when ONNX Runtime was imported, and what helps. */
export function unloaded(cause: Error & { code?: string }): TunesmithError {
  const isMissing =
    cause.code === 'ERR_MODULE_NOT_FOUND' && cause.message.includes("'onnxruntime-node'");
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'device-unavailable',
    message: isMissing
      ? 'the package onnxruntime-node is not installed'
      : `ONNX Runtime does not load: ${cause.message}`,
    accepted: remedy,
    kind: 'failure',
    cause,
  });
}
