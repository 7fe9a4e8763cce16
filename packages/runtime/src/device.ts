import { definePluginKind, upgradeManifest, type PluginContract } from '@tunesmith/schema';
import type { DeviceTensor, HostTensor, TensorMap } from './tensor.ts';

/**
 * A pure function of named tensors, written in tfjs operations and Tunesmith's kernels.
 *
 * It is run once for each signature by compiled devices and on every call by eager ones, so it must do the same whatever the
 * values are: no reading of tensor data, no state kept between calls, no random numbers other than those derived from a
 * seed tensor among the inputs. Intermediates are freed for it (`tf.tidy`).
 */
export type TensorFunction = (inputs: TensorMap) => TensorMap;

/** Named inputs of one call. Host tensors are used for this call only; device tensors stay where they are. */
export type Feeds = Record<string, DeviceTensor | HostTensor>;

/**
 * A function bound to a device. The outputs belong to the caller, who disposes them; the feeds stay the caller's too, and are
 * not to be written to before the call is done.
 *
 * @throws TunesmithError `invalid-feed` for a feed that is missing, disposed, of another device, or whose data does not fill
 * its shape, or that is given although it is fixed; `unsupported-kernel` and `symbolic-read` when the function cannot be compiled; `device-closed` after
 * {@link Device.close}.
 */
export type Jitted = (feeds: Feeds) => Promise<Record<string, DeviceTensor>>;

/** What is known of how a jitted function will be used. */
export interface JitOptions {
  /**
   * It is called again and again with one signature, as a training step is: the device may keep the working memory of
   * one call for the next. Default false: memory is given back after each call, however many signatures there are.
   */
  readonly repeated?: boolean;
  /**
   * Inputs that are the same in every call, as frozen weights are: given here once, not with the calls. Their numbers do not
   * change (no {@link Device.writeRows}), so the device may keep a second copy in the form that its products read fastest,
   * one for each signature.
   */
  readonly fixed?: Readonly<Record<string, DeviceTensor>>;
}

/** A place where tensors live and functions of tensors run. Created by {@link DevicePlugin.open}. */
export interface Device {
  /** The plugin's name: `cpu`, `tfjs-cpu`, … */
  readonly name: string;
  /**
   * Puts a host tensor on the device. `cpu` and `tfjs-cpu` share the typed array instead of copying it: do not write to the
   * array afterwards, and expect {@link Device.writeRows} on the handle to change it.
   */
  upload(host: HostTensor): DeviceTensor;
  /**
   * The tensor's values. Devices in main memory return the array itself, without a copy: it stays valid after the handle is
   * disposed, and a later {@link Device.writeRows} on the handle shows in it.
   */
  read(tensor: DeviceTensor): Promise<HostTensor>;
  /**
   * Overwrites `target[firstRow : firstRow + rows.shape[0]]` along axis 0, in place where the device can: how a key-value
   * cache grows without being copied. The remaining dimensions and the dtype must agree.
   *
   * @throws TunesmithError `invalid-rows` if they do not, or if the rows do not fit.
   */
  writeRows(target: DeviceTensor, firstRow: number, rows: DeviceTensor | HostTensor): Promise<void>;
  /** Binds a function to the device. Compiled once for each signature (names, shapes and dtypes of the feeds), then cached. */
  jit(name: string, fn: TensorFunction, options?: JitOptions): Jitted;
  /** Frees everything the device holds. Handles and jitted functions are dead afterwards. */
  close(): Promise<void>;
}

/** How a device is opened. */
export interface DeviceOptions {
  /** Threads for devices that run on processor cores. Default: every core. */
  readonly threads?: number;
}

/** What a probe found: the device can be opened here, or the reason why not and what would help. */
export type Availability =
  | { readonly available: true }
  | {
      readonly available: false;
      readonly reason: string;
      /** What to install or to set, where that would make it available. */
      readonly remedy?: string;
    };

/** A kind of device, as a value to be passed to `openDevice`. */
export interface DevicePlugin extends PluginContract {
  readonly specVersion: 2;
  /** Whether the device can be opened here. Cheap, without side effects, and never throws. */
  probe(): Promise<Availability>;
  /** Opens the device. Throws a TunesmithError `device-unavailable` with the probe's reason if it cannot. */
  open(options?: DeviceOptions): Promise<Device>;
}

declare module '@tunesmith/schema' {
  interface PluginContracts {
    device: DevicePlugin;
  }
}

/** What a {@link DevicePlugin} must have. */
export const deviceKind = definePluginKind({
  kind: 'device',
  package: '@tunesmith/runtime',
  specVersion: 2,
  functions: ['probe', 'open'],
  upgrades: { 1: upgradeManifest },
});

/** The options of devices that run on processor cores. */
export const coreOptions = {
  type: 'object',
  properties: {
    threads: {
      type: 'integer',
      minimum: 1,
      description: 'Threads that work at once; absent takes one for each core.',
    },
  },
  additionalProperties: false,
} as const;
