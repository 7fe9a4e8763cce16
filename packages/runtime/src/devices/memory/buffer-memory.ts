import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Ort } from '../../graph/loader.ts';
import { ortTensor } from '../../graph/session.ts';
import {
  allocate,
  checkHostTensor,
  isHostTensor,
  sizeOf,
  type DeviceTensor,
  type HostData,
  type TensorSpec,
} from '../../tensor.ts';
import { disposedTensor, foreignTensor } from '../feeds.ts';
import type { Provider } from '../provider.ts';
import type { Memory } from './memory.ts';
import { createTransfers } from './transfers.ts';

/** A tensor on the hardware, freed when nobody uses it any more. */
interface Place {
  /** Made, or being made; undefined for a tensor without elements. */
  readonly tensor: Promise<OrtTensor> | undefined;
  /** The handle, and the calls under way. */
  users: number;
}

interface BufferHandle extends DeviceTensor {
  place: Place | undefined;
}

/**
 * Buffers of the hardware: what is uploaded, and what a call computed, stays there for the next one. ONNX Runtime gives no access
 * to its buffers, so small graphs of its own move numbers in and out and write rows; see {@link createTransfers}. `writeRows`
 * makes a new buffer.
 *
 * @param device the device's name, for errors
 */
export function createBufferMemory(ort: Ort, provider: Provider, device: string): Memory {
  const owned = new WeakSet<DeviceTensor>();
  const live = new Set<BufferHandle>();
  const transfers = createTransfers(ort, provider);

  const wrap = ({ shape, dtype }: TensorSpec, tensor: Place['tensor']): BufferHandle => {
    const handle: BufferHandle = {
      shape,
      dtype,
      place: { tensor, users: 1 },
      dispose() {
        if (handle.place !== undefined) leave(handle.place);
        handle.place = undefined;
        live.delete(handle);
      },
    };
    // Who uses the tensor hears of the failure; an unhandled rejection would end the process before.
    tensor?.catch(() => {});
    owned.add(handle);
    live.add(handle);
    return handle;
  };
  const held = (what: string, handle: DeviceTensor): BufferHandle & { place: Place } => {
    if (handle === undefined || handle === null || !owned.has(handle))
      throw foreignTensor(device, what, handle);
    if ((handle as BufferHandle).place === undefined) throw disposedTensor(what);
    return handle as BufferHandle & { place: Place };
  };
  const nothing = ({ shape, dtype }: TensorSpec): OrtTensor =>
    ortTensor(ort, dtype, allocate(dtype, 0), shape);
  const lend = (place: Place): (() => void) => {
    place.users++;
    return () => leave(place);
  };

  return {
    location: 'gpu-buffer',
    upload({ shape, dtype, data }) {
      const spec = { shape: [...shape], dtype };
      return wrap(spec, data.length === 0 ? undefined : transfers.put({ ...spec, data }));
    },
    async read(tensor) {
      const { shape, dtype, place } = held('the tensor to read', tensor);
      if (place.tensor === undefined) return { shape, dtype, data: allocate(dtype, 0) };
      const done = lend(place);
      try {
        return { shape, dtype, data: await transfers.get({ shape, dtype }, await place.tensor) };
      } finally {
        done();
      }
    },
    async writeRows(target, firstRow, rows) {
      const whole = held('the target of writeRows', target);
      const before = whole.place;
      const part = isHostTensor(rows) ? undefined : held('the rows', rows).place;
      if (sizeOf(rows.shape) === 0) return;
      const done = part && lend(part);
      const write = async (): Promise<OrtTensor> => {
        const source = isHostTensor(rows)
          ? ortTensor(ort, rows.dtype, rows.data, rows.shape)
          : await (part as Place).tensor;
        const old = (await before.tensor) as OrtTensor;
        return transfers.writeRows(whole, old, firstRow, source as OrtTensor, rows.shape);
      };
      const tensor = write().finally(() => {
        done?.();
        leave(before);
      });
      whole.place = { tensor, users: 1 };
      await tensor;
    },
    borrow(what, feed) {
      if (feed !== undefined && feed !== null && isHostTensor(feed)) {
        checkHostTensor(what, feed);
        return { tensor: ortTensor(ort, feed.dtype, feed.data, feed.shape), done: () => {} };
      }
      const { place, ...spec } = held(what, feed);
      return { tensor: place.tensor ?? nothing(spec), done: lend(place) };
    },
    numbersOf: (): HostData | undefined => undefined,
    async receive(outputs, run) {
      const tensors = await run();
      return Object.fromEntries(
        Object.entries(outputs).map(([name, spec]) => {
          const tensor = tensors[name];
          return [name, wrap(spec, tensor && Promise.resolve(tensor))];
        }),
      );
    },
    async close() {
      for (const handle of [...live]) handle.dispose();
      await transfers.close();
    },
  };
}

function leave(place: Place): void {
  place.users--;
  if (place.users > 0) return;
  place.tensor?.then(
    (tensor) => tensor.dispose(),
    () => {},
  );
}
