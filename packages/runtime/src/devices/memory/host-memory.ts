import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Ort } from '../../graph/loader.ts';
import { ortTensor } from '../../graph/session.ts';
import {
  arrayKind,
  arrived,
  checkHostTensor,
  isHostTensor,
  isLate,
  sizeOf,
  type DeviceTensor,
  type HostData,
  type HostTensor,
  type LateTensor,
  type TensorSpec,
} from '../../tensor.ts';
import { disposedTensor, foreignTensor } from '../feeds.ts';
import type { Memory } from './memory.ts';
import { createPool } from './pool.ts';

/** A handle: the typed array behind it, and ONNX Runtime's view of that. */
interface HostHandle extends DeviceTensor {
  array: HostData | undefined;
  view: OrtTensor | undefined;
  /** True while nobody but this handle knows the array: only then it may be used again. */
  isOwn: boolean;
  /** Calls under way that read the array: it is not used again under their feet. */
  readers: number;
  /** Reads the array, where it is late. */
  late: LateTensor | undefined;
}

/**
 * Main memory: tensors are typed arrays. `upload` shares the array it is given, `read` gives it back without a copy, rows are
 * written in place, and outputs are written into arrays that are used again when their handles are disposed.
 *
 * @param device the device's name, for errors
 */
export function createHostMemory(ort: Ort, device: string): Memory {
  const owned = new WeakSet<DeviceTensor>();
  const pool = createPool();

  const wrap = (
    { shape, dtype }: TensorSpec,
    data: HostData | undefined,
    isOwn: boolean,
  ): HostHandle => {
    const handle: HostHandle = {
      shape,
      dtype,
      array: data,
      isOwn,
      readers: 0,
      view: undefined,
      late: undefined,
      dispose() {
        const isFree = handle.isOwn && handle.readers === 0;
        if (handle.array !== undefined && isFree) pool.give(handle.array);
        handle.array = undefined;
        handle.view = undefined;
        handle.late = undefined;
      },
    };
    owned.add(handle);
    return handle;
  };
  const own = (what: string, handle: DeviceTensor): HostHandle => {
    if (handle === undefined || handle === null || !owned.has(handle))
      throw foreignTensor(device, what, handle);
    const { array, late } = handle as HostHandle;
    if (array === undefined && late === undefined) throw disposedTensor(what);
    return handle as HostHandle;
  };
  const held = (what: string, handle: DeviceTensor): HostHandle & { array: HostData } => {
    if (own(what, handle).array === undefined) throw disposedTensor(what);
    return handle as HostHandle & { array: HostData };
  };
  /** The array of a handle that was late: read now, unless another call has read it meanwhile. */
  const arrive = async (what: string, handle: HostHandle, late: LateTensor): Promise<HostData> => {
    const data = handle.array ?? (await arrived(what, late)).data;
    // It may be disposed by now; whoever waited for it has it all the same.
    if (handle.late) [handle.array, handle.late] = [data, undefined];
    return handle.array ?? data;
  };
  const here = async (
    what: string,
    tensor: DeviceTensor,
  ): Promise<HostHandle & { array: HostData }> => {
    const handle = own(what, tensor);
    if (handle.late) await arrive(what, handle, handle.late);
    return held(what, handle);
  };
  /** A feed that an output may be written over: of its kind, and read by nobody but the call that makes it. */
  const overwritable = (
    feed: DeviceTensor | HostTensor | undefined,
    { shape, dtype }: TensorSpec,
  ): (HostHandle & { array: HostData }) | undefined => {
    if (!feed || isHostTensor(feed)) return undefined;
    const handle = held('an overwritten feed', feed);
    const fits = handle.dtype === dtype && handle.shape.join() === shape.join();
    return fits && handle.readers === 1 ? handle : undefined;
  };
  const viewOf = (handle: HostHandle & { array: HostData }): OrtTensor =>
    (handle.view ??= ortTensor(ort, handle.dtype, handle.array, handle.shape));

  return {
    location: 'cpu',
    upload(host) {
      const spec = { shape: [...host.shape], dtype: host.dtype };
      if (!isLate(host)) return wrap(spec, host.data, false);
      const handle = wrap(spec, undefined, false);
      handle.late = host;
      return handle;
    },
    async read(tensor) {
      const handle = await here('the tensor to read', tensor);
      handle.isOwn = false;
      return { shape: handle.shape, dtype: handle.dtype, data: handle.array };
    },
    async writeRows(target, firstRow, rows) {
      const source = isHostTensor(rows) ? rows.data : (await here('the rows', rows)).array;
      const { array, shape } = await here('the target of writeRows', target);
      array.set(source, firstRow * sizeOf(shape.slice(1)));
    },
    borrow(what, feed) {
      if (feed !== undefined && feed !== null && isHostTensor(feed)) {
        checkHostTensor(what, feed);
        return { tensor: () => ortTensor(ort, feed.dtype, feed.data, feed.shape), done: () => {} };
      }
      const handle = own(what, feed);
      const { late, dtype, shape } = handle;
      const view = late ? undefined : viewOf(held(what, handle));
      handle.readers++;
      return {
        tensor: () =>
          view ?? arrive(what, handle, late!).then((array) => ortTensor(ort, dtype, array, shape)),
        done: () => void handle.readers--,
      };
    },
    numbersOf(what, tensor) {
      const { late, shape, dtype } = own(what, tensor);
      if (late) {
        const byteLength = sizeOf(shape) * arrayKind(dtype).BYTES_PER_ELEMENT;
        const read = async () => ({ data: (await arrived(what, late)).data, areSpare: true });
        return { byteLength, read };
      }
      const { array: data } = held(what, tensor);
      return { byteLength: data.byteLength, read: async () => ({ data, areSpare: false }) };
    },
    async run(session, feeds, outputs, { overwritten, isLarge }) {
      const results: Record<string, HostHandle> = {};
      const used: HostHandle[] = [];
      const targets: Record<string, OrtTensor> = {};
      for (const [name, spec] of Object.entries(outputs)) {
        const size = sizeOf(spec.shape);
        const before = overwritable(overwritten[name], spec);
        if (before) used.push(before);
        const handle = before
          ? wrap(spec, before.array, before.isOwn)
          : wrap(spec, pool.take(spec.dtype, size), true);
        results[name] = handle;
        if (size > 0) targets[name] = viewOf(held(name, handle));
      }
      try {
        await session?.runInto(feeds, targets, isLarge);
      } catch (error) {
        for (const [name, handle] of Object.entries(results))
          if (!overwritable(overwritten[name], handle)) handle.dispose();
        throw error;
      }
      // The array is that of the output now: whoever disposes the feed must not give it away.
      for (const handle of used) handle.array = handle.view = undefined;
      return results;
    },
    async close() {
      pool.clear();
    },
  };
}
