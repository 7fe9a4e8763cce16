// A thread of encoder.test.ts. Threads have the conditions of those that open them, and so packages as sources.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
const { TunesmithError } = await import('@tunesmith/schema');
const { serveEncoding } = await import('../src/node/encoding-threads.ts');

serveEncoding({
  tokenize(record) {
    if (record.id === workerData.wrong)
      throw new TunesmithError({
        package: '@tunesmith/trainer',
        code: 'wrong-row',
        message: `example "${record.id}" is wrong`,
        value: record.id,
        accepted: ['others'],
      });
    if (record.id === workerData.refused)
      throw new TunesmithError({
        package: '@tunesmith/trainer',
        code: 'chat-template-failed',
        message: 'no',
      });
    const ids = Int32Array.from(record.input_ids);
    return {
      id: record.id,
      ids,
      labels: ids,
      truncated: 0,
      notes: [],
      controlTokens: { read: [], written: [] },
    };
  },
});
