import { definePluginKind, upgradeManifest, type PluginContract } from '@tunesmith/schema';
import type { Lengths } from './graph/open/lengths.ts';
import type { DeviceTensor, HostTensor, LateTensor, TensorMap } from './tensor.ts';

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

/** A function bound to a device. */
export interface Jitted {
  /**
   * Calls it. The outputs belong to the caller, who disposes them; the feeds stay the caller's too, and are not to be written
   * to before the call is done.
   *
   * @throws TunesmithError `invalid-feed` for a feed that is missing, of another device, or given although it is fixed;
   * `disposed-tensor`; `invalid-tensor` for data that does not fill its shape; `unsupported-kernel` and `symbolic-read` when
   * the function cannot be compiled; `lengths-matter` where it does something else at other lengths of open axes; `disposed-function` after {@link Jitted.dispose}, `device-closed` after
   * {@link Device.close}; `unknown-name` for a wanted output that is none
   *
   * @param wanted names of the outputs that the caller has a use for; all if absent. Bringing a large one takes time and memory, even
   * where what leads to it alone is computed all the same
   */
  (feeds: Feeds, wanted?: readonly string[]): Promise<Record<string, DeviceTensor>>;
  /**
   * Gives back what was compiled and what it kept between calls, once the calls under way are done. What a function that is
   * merely forgotten holds is given back as well, but only when the garbage collector finds out.
   */
  dispose(): Promise<void>;
}

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
  /**
   * Names of feeds that a call uses up: where an output has the name, shape and dtype of one, a device in main memory writes it
   * over the feed where it can, so that what is and what becomes of it are not held at once. Others make room for both.
   *
   * A call that returns has disposed these feeds, if they are device tensors. One that fails leaves them, perhaps half
   * overwritten. Arrays that were given to {@link Device.upload}, or got from {@link Device.read}, change with them.
   */
  readonly overwrites?: readonly string[];
  /** Feeds whose shapes change from call to call: a device that can compiles one graph for all of them. */
  readonly open?: OpenAxes;
}

/** Axes of feeds whose lengths change from call to call. */
export interface OpenAxes {
  /** The shapes of feeds that have such axes, with a name in place of their length; axes of one name are of one length. */
  readonly feeds: Readonly<Record<string, readonly (number | string)[]>>;
  /**
   * Lengths that the function is recorded at, two sets or more: what it does must not depend on them, and none of them should be
   * a number that it has for other reasons.
   */
  readonly lengths: readonly Lengths[];
}

/**
 * A place where tensors live and functions of tensors run. Created by {@link DevicePlugin.open}.
 *
 * Nothing here says where that place is: in main memory `upload` may share an array and `read` give it back; elsewhere both copy,
 * and take time.
 */
export interface Device {
  /** The plugin's name: `cpu`, `tfjs-cpu`, … */
  readonly name: string;
  /**
   * The largest integer that the signed side of a product of bytes may hold without a wrong sum, found when the device opens: 127, or less
   * where the processor saturates. 127 where absent.
   */
  readonly largestByte?: number;
  /**
   * True where one graph serves all lengths of {@link JitOptions.open}, and feeding a host tensor costs no copy: what grows from call
   * to call may then lie in arrays of the caller's.
   */
  readonly opensAxes?: boolean;
  /**
   * Puts a host tensor on the device. The device may go on using the array, or copy it later: do not write to it afterwards,
   * and expect {@link Device.writeRows} on the handle, and calls that overwrite it, to change it. A late tensor is read when a function
   * first needs its numbers, or before, as the device sees fit.
   */
  upload(host: HostTensor | LateTensor): DeviceTensor;
  /**
   * The tensor's values. A device in main memory returns the array itself: it stays valid after the handle is disposed, and a
   * later {@link Device.writeRows} on the handle, or a call that overwrites it, shows in it. Others return a copy.
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

/** How a device is opened: the options of its schema. */
export interface DeviceOptions {
  /** Threads for devices that run on processor cores. Default: every core. */
  readonly threads?: number;
  readonly [option: string]: unknown;
}

/** What a probe found: the device can be opened here, or the reason why not and what would help. */
export type Availability =
  | {
      readonly available: true;
      /** What it found: the name of a graphics card, a software driver, how a processor adds up products of bytes. */
      readonly about?: string;
    }
  | {
      readonly available: false;
      readonly reason: string;
      /** What to install or to set, where that would make it available. */
      readonly remedy?: string;
    };

/** A kind of device, as a value to be passed to `openDevice`. */
export interface DevicePlugin extends PluginContract {
  readonly specVersion: 2;
  /**
   * How fast it expects to be on this machine where it is available: the float32 matrix products, in GFLOP/s, that it gets done in
   * training. An estimate, made without opening anything; `auto` tries the devices from the highest one down. 0, or no such
   * function: nobody has measured it, and `auto` takes it only where there is nothing else.
   */
  expects?(): number;
  /** Whether the device can be opened here. Quick, without side effects, and never throws. */
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
