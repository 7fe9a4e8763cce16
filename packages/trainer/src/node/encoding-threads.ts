import { parentPort, Worker } from 'node:worker_threads';
import { TunesmithError, type DataRecord, type TunesmithErrorDetails } from '@tunesmith/schema';
import { packEncodings, type EncodingBlock } from '../data/encoding-block.ts';
import { encodeRecord } from '../data/encoding.ts';
import type { Objective } from '../objectives/objective.ts';

/** Threads that make examples. */
export interface EncodingThreads {
  /** How many there are. */
  readonly threads: number;
  /** Makes the examples of some records in a thread that is free. @throws what the objective throws there */
  encode(records: readonly DataRecord[]): Promise<EncodingBlock>;
  close(): Promise<void>;
}

type Answer = { block: EncodingBlock } | { error: TunesmithErrorDetails } | { crash: string };

/**
 * Opens threads that make examples: each runs `module`, which makes the same objective from `data` and calls
 * {@link serveEncoding} with it.
 */
export function openEncodingThreads({
  module,
  data,
  threads,
}: {
  readonly module: URL;
  readonly data: unknown;
  readonly threads: number;
}): EncodingThreads {
  const free: Worker[] = [];
  const waiting: ((worker: Worker) => void)[] = [];
  const workers = Array.from({ length: threads }, () => new Worker(module, { workerData: data }));
  const release = (worker: Worker): void => {
    const next = waiting.shift();
    if (next) next(worker);
    else free.push(worker);
  };
  const failures = new Map<Worker, Error>();
  for (const worker of workers) {
    worker.unref();
    worker.on('error', (error) => failures.set(worker, error));
    release(worker);
  }
  const ask = (worker: Worker, records: readonly DataRecord[]): Promise<EncodingBlock> =>
    new Promise((resolve, reject) => {
      const gone = failures.get(worker);
      if (gone) return reject(gone);
      const settle = (end: () => void): void => {
        worker.off('message', answered).off('error', reject).unref();
        end();
      };
      const answered = (answer: Answer): void =>
        settle(() => {
          if ('block' in answer) resolve(answer.block);
          else
            reject('error' in answer ? new TunesmithError(answer.error) : new Error(answer.crash));
        });
      worker.on('message', answered).once('error', reject).ref();
      worker.postMessage(records);
    });
  return {
    threads,
    async encode(records) {
      const worker = free.pop() ?? (await new Promise<Worker>((resolve) => waiting.push(resolve)));
      return ask(worker, records).finally(() => release(worker));
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Makes examples for {@link openEncodingThreads}; called in a thread, once. */
export function serveEncoding(objective: Pick<Objective, 'tokenize'>): void {
  parentPort!.on('message', (records: readonly DataRecord[]) => {
    try {
      const block = packEncodings(records.map((record) => encodeRecord(record, objective)));
      const parts = [block.bytes.buffer, block.offsets.buffer] as ArrayBuffer[];
      parentPort!.postMessage({ block } satisfies Answer, parts);
    } catch (error) {
      parentPort!.postMessage(answerOf(error));
    }
  });
}

/** A mistake as it can leave a thread. */
function answerOf(error: unknown): Answer {
  if (!TunesmithError.is(error)) return { crash: String((error as Error)?.stack ?? error) };
  const { package: owner, code, value, accepted, nearest, kind, problems } = error;
  const [message = error.message] = problems;
  return {
    error: {
      package: owner,
      code,
      message,
      kind,
      problems,
      value: JSON.parse(JSON.stringify(value ?? null)) as unknown,
      ...(accepted === undefined ? {} : { accepted }),
      ...(nearest === undefined ? {} : { nearest }),
    },
  };
}
