import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import type { Constant, Value } from './graph.ts';
import { valueName } from './onnx.ts';

/** Numbers that a session takes in beside its model. */
export interface OutsideNumbers {
  readonly byteLength: number;
  /** The numbers; `areSpare` where they were read for the asker alone, who gives their memory back. */
  read(): Promise<{ readonly data: Constant['data']; readonly areSpare: boolean }>;
}

/** Options of a session that take numbers in, and what to do once it is made. */
export interface HandedOver {
  readonly options: InferenceSession.SessionOptions;
  done(): Promise<void>;
}

/** Fewer bytes are handed over in memory. */
const leastInFiles = 2 ** 24;

/**
 * Hands numbers over to a session that is about to be made, each under the name of its value.
 *
 * Many of them go through files of a temporary folder, one after the other: ONNX Runtime maps a file, lays the numbers out for its
 * kernel and lets go of it. Handed over in memory they are copied twice on the way, all at once, and what they leave in the heap
 * is in many small pieces that nothing else fits in. Where no such folder can be written, memory is the way all the same.
 */
export async function handOver(
  outside: ReadonlyMap<Value, OutsideNumbers>,
  session: InferenceSession.SessionOptions,
): Promise<HandedOver> {
  const all = Array.from(outside.values(), ({ byteLength }) => byteLength);
  const bytes = all.reduce((sum, each) => sum + each, 0);
  return (bytes >= leastInFiles && (await inFiles(outside, session))) || inMemory(outside, session);
}

/** Undefined where the system's temporary folder cannot be written: closed, full, or not there. */
async function inFiles(
  outside: ReadonlyMap<Value, OutsideNumbers>,
  session: InferenceSession.SessionOptions,
): Promise<HandedOver | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'tunesmith-numbers-')).catch(() => undefined);
  if (folder === undefined) return undefined;
  const done = async (): Promise<void> => {
    // On Windows a file that is still mapped stays; the system clears its temporary folder.
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  };
  const isWritten = async (value: Value, data: Constant['data']): Promise<boolean> =>
    writeFile(join(folder, valueName(value)), bytesOf(data)).then(
      () => true,
      () => false,
    );
  try {
    for (const [value, numbers] of outside) {
      const { data, areSpare } = await numbers.read();
      if (!(await isWritten(value, data))) {
        await done();
        return undefined;
      }
      if (areSpare) giveBack([data.buffer]);
    }
  } catch (error) {
    await done();
    throw error;
  }
  const extra = session.extra as { session?: object } | undefined;
  const path = { model_external_initializers_file_folder_path: folder };
  return {
    options: { ...session, extra: { ...extra, session: { ...extra?.session, ...path } } },
    done,
  };
}

async function inMemory(
  outside: ReadonlyMap<Value, OutsideNumbers>,
  session: InferenceSession.SessionOptions,
): Promise<HandedOver> {
  const spare: ArrayBufferLike[] = [];
  const externalData: { path: string; data: Uint8Array }[] = [];
  for (const [value, numbers] of outside) {
    const { data, areSpare } = await numbers.read();
    externalData.push({ path: valueName(value), data: bytesOf(data) });
    if (areSpare) spare.push(data.buffer);
  }
  return { options: { ...session, externalData }, done: async () => giveBack(spare) };
}

function bytesOf({ buffer, byteOffset, byteLength }: Constant['data']): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Gives the memory of buffers back at once, and not when the garbage collector finds out: they go with a message that nobody receives. */
export function giveBack(buffers: readonly ArrayBufferLike[]): void {
  const own = buffers.filter((buffer) => buffer instanceof ArrayBuffer);
  if (own.length === 0) return;
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(null, own);
  port1.close();
  port2.close();
}
