import type { Device, Feeds, Jitted, TensorFunction } from '../device.ts';
import {
  arrived,
  checkHostTensor,
  isHostTensor,
  isLate,
  tfjsType,
  type DataType,
  type DeviceTensor,
  type HostTensor,
  type LateTensor,
  type TensorMap,
  type TensorSpec,
} from '../tensor.ts';
import { tf } from '../tf.ts';
import {
  callNamingMissing,
  checkRows,
  closedDevice,
  disposedFunction,
  disposedTensor,
  disposeFeeds,
  foreignTensor,
  pickWanted,
  withFixed,
} from './feeds.ts';
import { asTypedArray } from '../graph/recording.ts';
import { withBackend } from './with-backend.ts';

/** A handle of an eager device: the tfjs tensor behind it, undefined once disposed. */
interface EagerTensor extends DeviceTensor {
  held: tf.Tensor | undefined;
  /** What is yet to be read. */
  late: LateTensor | undefined;
}

/**
 * An eager device on a tfjs backend that is registered and can be activated synchronously.
 *
 * Functions run operation by operation on every call, with nothing compiled: slow, simple, and what the other devices are
 * checked against.
 */
export function createTfjsDevice(name: string, backend: string): Device {
  const owned = new WeakSet<DeviceTensor>();
  const live = new Set<EagerTensor>();
  let isClosed = false;

  const wrap = ({ shape, dtype }: TensorSpec, content: tf.Tensor | LateTensor): EagerTensor => {
    const isHere = content instanceof tf.Tensor;
    const handle: EagerTensor = {
      shape,
      dtype,
      held: isHere ? tf.keep(content) : undefined,
      late: isHere ? undefined : content,
      dispose() {
        handle.held?.dispose();
        handle.held = handle.late = undefined;
        live.delete(handle);
      },
    };
    owned.add(handle);
    live.add(handle);
    return handle;
  };
  const tensorOf = (what: string, handle: DeviceTensor): tf.Tensor => {
    if (!owned.has(handle)) throw foreignTensor(name, what, handle);
    const { held } = handle as EagerTensor;
    if (held === undefined) throw disposedTensor(what);
    return held;
  };
  const isAwaited = (tensor: DeviceTensor | HostTensor): tensor is EagerTensor =>
    owned.has(tensor as DeviceTensor) && (tensor as EagerTensor).late !== undefined;
  /** Reads a tensor if it is late. */
  const arrive = async (what: string, handle: DeviceTensor | HostTensor): Promise<void> => {
    if (!isAwaited(handle) || !handle.late) return;
    const host = await arrived(what, handle.late);
    // Another call may have read it meanwhile, or it is disposed by now.
    if (!handle.late) return;
    handle.held = withBackend(backend, () => tf.keep(place(what, host)));
    handle.late = undefined;
  };
  const place = (what: string, host: HostTensor): tf.Tensor => {
    checkHostTensor(what, host);
    // tfjs keeps integers of one byte as int32.
    const kept = asTypedArray(host.data, tfjsType(host.dtype));
    return tf.tensor(kept, [...host.shape], tfjsType(host.dtype));
  };

  const call = (
    label: string,
    fn: TensorFunction,
    feeds: Feeds,
    wanted: readonly string[] | undefined,
  ): Record<string, DeviceTensor> =>
    withBackend(backend, () => {
      const temporary: tf.Tensor[] = [];
      const inputs: TensorMap = {};
      for (const [key, feed] of Object.entries(feeds)) {
        const what = `feed "${key}" of ${label}`;
        if (feed === undefined || feed === null) throw foreignTensor(name, what, feed);
        if (!isHostTensor(feed)) inputs[key] = tensorOf(what, feed);
        else temporary.push((inputs[key] = place(what, feed)));
      }
      try {
        const outputs = tf.tidy(() => {
          const result: TensorMap = {};
          const seen = new Set<tf.Tensor>(Object.values(inputs));
          const all = callNamingMissing(label, fn, inputs);
          for (const [key, tensor] of Object.entries(pickWanted(label, all, wanted))) {
            result[key] = seen.has(tensor) ? tf.clone(tensor) : tensor;
            seen.add(tensor);
          }
          return result;
        });
        return Object.fromEntries(
          Object.entries(outputs).map(([key, tensor]) => {
            const { shape, dtype } = tensor as tf.Tensor & { dtype: DataType };
            return [key, wrap({ shape, dtype }, tensor)];
          }),
        );
      } finally {
        for (const tensor of temporary) tensor.dispose();
      }
    });

  return {
    name,
    upload(host) {
      const spec = { shape: [...host.shape], dtype: host.dtype };
      if (isLate(host)) return wrap(spec, host);
      return withBackend(backend, () => wrap(spec, place('an uploaded tensor', host)));
    },
    async read(handle) {
      await arrive('the tensor to read', handle);
      const tensor = tensorOf('the tensor to read', handle);
      const values = await tensor.data();
      return { shape: handle.shape, dtype: handle.dtype, data: asTypedArray(values, handle.dtype) };
    },
    async writeRows(target, firstRow, rows) {
      checkRows(target, firstRow, rows);
      await arrive('the target of writeRows', target);
      await arrive('the rows', rows);
      const whole = tensorOf('the target of writeRows', target);
      withBackend(backend, () => {
        const [held = 0] = whole.shape;
        const [count = 0] = rows.shape;
        const next = tf.tidy(() => {
          const part = isHostTensor(rows) ? place('the rows', rows) : tensorOf('the rows', rows);
          const pieces = [part];
          if (firstRow > 0) pieces.unshift(tf.slice(whole, [0], [firstRow]));
          if (firstRow + count < held)
            pieces.push(tf.slice(whole, [firstRow + count], [held - firstRow - count]));
          return tf.concat(pieces, 0);
        });
        whole.dispose();
        (target as EagerTensor).held = tf.keep(next);
      });
    },
    jit(label, fn, { fixed = {}, overwrites = [] } = {}): Jitted {
      let isDisposed = false;
      const run = async (
        feeds: Feeds,
        wanted?: readonly string[],
      ): Promise<Record<string, DeviceTensor>> => {
        if (isClosed) throw closedDevice(name, label);
        if (isDisposed) throw disposedFunction(label);
        const all = withFixed(label, feeds, fixed);
        for (const [key, feed] of Object.entries(all))
          if (isAwaited(feed)) await arrive(`feed "${key}" of ${label}`, feed);
        const results = call(label, fn, all, wanted);
        disposeFeeds(feeds, overwrites);
        return results;
      };
      return Object.assign(run, {
        async dispose() {
          isDisposed = true;
        },
      });
    },
    async close() {
      isClosed = true;
      for (const handle of live) handle.dispose();
    },
  };
}
