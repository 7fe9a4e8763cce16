import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Ort } from '../../graph/loader.ts';
import { ortTensor } from '../../graph/session.ts';
import {
  checkHostTensor,
  isHostTensor,
  sizeOf,
  type DeviceTensor,
  type HostData,
  type HostTensor,
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

  const wrap = ({ shape, dtype }: TensorSpec, data: HostData, isOwn: boolean): HostHandle => {
    const handle: HostHandle = {
      shape,
      dtype,
      array: data,
      isOwn,
      readers: 0,
      view: undefined,
      dispose() {
        const isFree = handle.isOwn && handle.readers === 0;
        if (handle.array !== undefined && isFree) pool.give(handle.array);
        handle.array = undefined;
        handle.view = undefined;
      },
    };
    owned.add(handle);
    return handle;
  };
  const held = (what: string, handle: DeviceTensor): HostHandle & { array: HostData } => {
    if (handle === undefined || handle === null || !owned.has(handle))
      throw foreignTensor(device, what, handle);
    if ((handle as HostHandle).array === undefined) throw disposedTensor(what);
    return handle as HostHandle & { array: HostData };
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
    upload: ({ shape, dtype, data }) => wrap({ shape: [...shape], dtype }, data, false),
    async read(tensor) {
      const handle = held('the tensor to read', tensor);
      handle.isOwn = false;
      return { shape: handle.shape, dtype: handle.dtype, data: handle.array };
    },
    async writeRows(target, firstRow, rows) {
      const source = isHostTensor(rows) ? rows.data : held('the rows', rows).array;
      const { array, shape } = held('the target of writeRows', target);
      array.set(source, firstRow * sizeOf(shape.slice(1)));
    },
    borrow(what, feed) {
      if (feed !== undefined && feed !== null && isHostTensor(feed)) {
        checkHostTensor(what, feed);
        return { tensor: ortTensor(ort, feed.dtype, feed.data, feed.shape), done: () => {} };
      }
      const handle = held(what, feed);
      handle.readers++;
      return { tensor: viewOf(handle), done: () => void handle.readers-- };
    },
    numbersOf: (what, handle) => held(what, handle).array,
    async run(session, feeds, outputs, overwritten) {
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
        await session?.runInto(feeds, targets);
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
