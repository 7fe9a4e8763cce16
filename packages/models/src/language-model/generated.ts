import type { Device, DeviceTensor, Feeds, HostTensor } from '@tunesmith/runtime';
import type { GeneratedFactory } from '../hooks.ts';
import {
  readRecordInput,
  recordInputFeed,
  recordInputFeeds,
  type RecordInput,
  type RecordMeta,
} from '../record-inputs.ts';

type RecordRows = readonly (readonly (RecordMeta | undefined)[])[];

/** What methods compute of records alone, computed once for each record that differs. */
export interface GeneratedFeeds {
  /** Feeds of the documents of a call, a line for each; a line that no document has is zeros. */
  feeds(rows: RecordRows, documents: number): Promise<Record<string, HostTensor>>;
  /** Forgets all: what it was computed with has changed. */
  clear(): void;
  /** Gives back what was compiled. */
  dispose(): Promise<void>;
}

/** Tensors of one record, by name, without the axis of documents. */
type OfRecord = Readonly<Record<string, HostTensor>>;

/** Records that are computed at a time. */
const together = 8;
/** Bytes that are kept; what was not used for longest makes room. */
const mostBytes = 2 ** 29;

/** Keeps what is generated of the inputs of records. */
export function createGeneratedFeeds(options: {
  readonly device: Device;
  readonly inputs: readonly RecordInput[];
  readonly generateFrom: GeneratedFactory;
  /** The model's and the adapters' tensors. */
  tensors(): Feeds;
}): GeneratedFeeds {
  const { device, inputs, generateFrom, tensors } = options;
  const known = new Map<string, OfRecord>();
  const run = device.jit('generate', (fed) =>
    generateFrom(fed, (name) => fed[recordInputFeed(name)]),
  );

  const compute = async (missing: ReadonlyMap<string, RecordMeta | undefined>): Promise<void> => {
    const all = [...missing];
    for (let from = 0; from < all.length; from += together) {
      const some = all.slice(from, from + together);
      const rows = some.map(([, record]) => [record]);
      const outputs = await run({ ...tensors(), ...recordInputFeeds(inputs, rows, 1) });
      const found = await readAll(device, outputs);
      for (const [place, [key]] of some.entries()) known.set(key, ofLine(found, place));
    }
  };

  return {
    async feeds(rows, documents) {
      const keys = rows.map((records) =>
        records.map((record) => [keyOf(inputs, record), record] as const),
      );
      const wanted = new Map(keys.flat());
      await compute(new Map([...wanted].filter(([key]) => !known.has(key))));
      // What was used last stands last.
      for (const key of wanted.keys()) {
        const used = known.get(key)!;
        known.delete(key);
        known.set(key, used);
      }
      const lines = keys.flatMap((records) =>
        Array.from({ length: documents }, (_, k) => known.get(records[k]?.[0] ?? '')),
      );
      makeRoom(known, wanted.size);
      return stacked(lines);
    },
    clear: () => known.clear(),
    dispose: () => run.dispose(),
  };
}

function keyOf(inputs: readonly RecordInput[], record: RecordMeta | undefined): string {
  return inputs.map((input) => readRecordInput(input, record).data.join(',')).join(';');
}

async function readAll(
  device: Device,
  outputs: Readonly<Record<string, DeviceTensor>>,
): Promise<Record<string, HostTensor>> {
  const read: Record<string, HostTensor> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    read[name] = await device.read(tensor);
    tensor.dispose();
  }
  return read;
}

function ofLine(tensors: Readonly<Record<string, HostTensor>>, line: number): OfRecord {
  return Object.fromEntries(
    Object.entries(tensors).map(
      ([
        name,
        {
          data,
          dtype,
          shape: [, ...shape],
        },
      ]) => {
        const size = sizeOf(shape);
        return [name, { dtype, shape, data: data.slice(line * size, (line + 1) * size) }];
      },
    ),
  );
}

/** Leaves out what was not used for longest, but none of the last `kept`. */
function makeRoom(known: Map<string, OfRecord>, kept: number): void {
  const bytes = (of: OfRecord): number =>
    Object.values(of).reduce((sum, { data }) => sum + data.byteLength, 0);
  let total = [...known.values()].reduce((sum, one) => sum + bytes(one), 0);
  for (const [key, one] of [...known].slice(0, known.size - kept)) {
    if (total <= mostBytes) return;
    total -= bytes(one);
    known.delete(key);
  }
}

/** Tensors of records as lines of tensors that are as large as the largest of them. */
function stacked(lines: readonly (OfRecord | undefined)[]): Record<string, HostTensor> {
  const first = lines.find((line) => line !== undefined) ?? {};
  return Object.fromEntries(
    Object.entries(first).map(([name, { dtype, shape }]) => {
      const all = lines.map((line) => line?.[name]);
      const largest = shape.map((_, axis) => Math.max(...all.map((one) => one?.shape[axis] ?? 0)));
      const size = sizeOf(largest);
      const data = new Float32Array(lines.length * size);
      for (const [place, one] of all.entries())
        if (one) data.set(filledUp(one, largest), place * size);
      return [recordInputFeed(name), { dtype, shape: [lines.length, ...largest], data }];
    }),
  );
}

/** Values in a larger shape, zeros after them on each axis. */
function filledUp({ shape, data }: HostTensor, larger: readonly number[]): HostTensor['data'] {
  if (shape.every((size, axis) => size === larger[axis])) return data;
  const [rows = 1, ...rest] = shape;
  const [, ...largerRest] = larger;
  const [size, largerSize] = [sizeOf(rest), sizeOf(largerRest)];
  const filled = new Float32Array(sizeOf(larger));
  for (let row = 0; row < rows; row += 1) {
    const own = { dtype: 'float32', shape: rest, data: data.subarray(row * size, (row + 1) * size) } as const; // prettier-ignore
    filled.set(filledUp(own as HostTensor, largerRest), row * largerSize);
  }
  return filled;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
