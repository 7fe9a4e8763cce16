import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { TunesmithError } from '@tunesmith/schema';
import type { Ort } from '../../graph/loader.ts';
import { ortTensor, type Lent } from '../../graph/session.ts';
import {
  allocate,
  arrived,
  checkHostTensor,
  isHostTensor,
  isLate,
  sizeOf,
  type DeviceTensor,
  type TensorSpec,
} from '../../tensor.ts';
import { disposedTensor, foreignTensor } from '../feeds.ts';
import type { Provider } from '../provider.ts';
import type { Memory } from './memory.ts';
import { createTransfers } from './transfers.ts';

/** A tensor on the hardware, freed when nobody uses it any more. */
interface Place {
  /** Made, or being made; undefined for a tensor without elements. */
  readonly lent: Promise<Lent> | undefined;
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
  const places = new Set<Place>();
  const transfers = createTransfers(ort, provider);

  const occupy = (lent: Place['lent']): Place => {
    // Who uses the tensor hears of the failure; an unhandled rejection would end the process before.
    lent?.catch(() => {});
    const place = { lent, users: 1 };
    places.add(place);
    return place;
  };
  const leave = (place: Place): void => {
    place.users--;
    if (place.users === 0) free(place);
  };
  const free = (place: Place): void => {
    if (!places.delete(place)) return;
    place.lent?.then(
      (lent) => lent.free(),
      () => {},
    );
  };
  // A handle that is forgotten gives its buffer back as well, later.
  const forgotten = new FinalizationRegistry<{ current: Place | undefined }>(({ current }) => {
    if (current !== undefined) leave(current);
  });

  const wrap = ({ shape, dtype }: TensorSpec, lent: Place['lent']): BufferHandle => {
    const holder = { current: occupy(lent) as Place | undefined };
    const handle: BufferHandle = {
      shape,
      dtype,
      get place() {
        return holder.current;
      },
      set place(place) {
        holder.current = place;
      },
      dispose() {
        const { current } = holder;
        holder.current = undefined;
        if (current !== undefined) leave(current);
      },
    };
    forgotten.register(handle, holder);
    owned.add(handle);
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
    upload(host) {
      const { shape, dtype } = host;
      if (dtype === 'int8') throw unkept(device, dtype);
      const spec = { shape: [...shape], dtype };
      if (isLate(host)) {
        const put = async (): Promise<Lent> => transfers.put(await arrived('a late tensor', host));
        return wrap(spec, sizeOf(shape) === 0 ? undefined : put());
      }
      const { data } = host;
      return wrap(spec, data.length === 0 ? undefined : transfers.put({ ...spec, data }));
    },
    async read(tensor) {
      const { shape, dtype, place } = held('the tensor to read', tensor);
      if (place.lent === undefined) return { shape, dtype, data: allocate(dtype, 0) };
      const done = lend(place);
      try {
        return {
          shape,
          dtype,
          data: await transfers.get({ shape, dtype }, (await place.lent).tensor),
        };
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
      const write = async (): Promise<Lent> => {
        const source = isHostTensor(rows)
          ? ortTensor(ort, rows.dtype, rows.data, rows.shape)
          : ((await (part as Place).lent) as Lent).tensor;
        const old = ((await before.lent) as Lent).tensor;
        return transfers.writeRows(whole, old, firstRow, source, rows.shape);
      };
      const lent = write().finally(() => {
        done?.();
        leave(before);
      });
      whole.place = occupy(lent);
      await lent;
    },
    borrow(what, feed) {
      if (feed !== undefined && feed !== null && isHostTensor(feed)) {
        checkHostTensor(what, feed);
        return { tensor: () => ortTensor(ort, feed.dtype, feed.data, feed.shape), done: () => {} };
      }
      const { place, shape, dtype } = held(what, feed);
      const tensor = place.lent?.then((lent) => lent.tensor) ?? nothing({ shape, dtype });
      return { tensor: () => tensor, done: lend(place) };
    },
    numbersOf: () => undefined,
    async run(session, feeds, outputs) {
      const lent = (await session?.run(feeds)) ?? {};
      // Not asked for fewer: onnxruntime-node takes the outputs on a card for those that an earlier run of the session asked for.
      for (const [name, one] of Object.entries(lent)) if (!Object.hasOwn(outputs, name)) one.free();
      return Object.fromEntries(
        Object.entries(outputs).map(([name, spec]) => {
          const tensor = lent[name];
          return [name, wrap(spec, tensor && Promise.resolve(tensor))];
        }),
      );
    },
    async close() {
      await Promise.allSettled(Array.from(places, ({ lent }) => lent));
      places.forEach(free);
      await transfers.close();
    },
  };
}

function unkept(device: string, dtype: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'unsupported-type',
    message: `the device ${device} keeps no ${dtype} tensors: ONNX Runtime has no buffers of that type there`,
    value: dtype,
    accepted: 'float32, int32, bool or uint8; weights in another precision, or on the device cpu',
  });
}
