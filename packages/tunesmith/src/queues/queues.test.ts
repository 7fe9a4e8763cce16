import { randomUUID } from 'node:crypto';
import { testPlugin, testQueue } from '@tunesmith/testing';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { bullmqQueue, openBullmqQueue, type BullmqModules } from './bullmq.ts';

/** The Redis server that tests may use, such as `redis://127.0.0.1:6379/9`. */
const url = process.env['TUNESMITH_REDIS'];
const modules: BullmqModules = { bullmq: { Queue, QueueEvents, Worker }, ioredis: { Redis } };

testPlugin({ kind: 'queue', value: bullmqQueue });
testQueue('bullmq', {
  async fresh(context) {
    if (url === undefined) return context.skip('TUNESMITH_REDIS names no Redis server');
    const prefix = `test-${randomUUID()}`;
    context.onTestFinished(async () => {
      const redis = new Redis(url);
      const keys = await redis.keys(`${prefix}:*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
    });
    return async () => {
      const queue = await openBullmqQueue({ url, prefix, lease: 1, attempts: 10 }, modules);
      return { queue, kill: () => queue.close() };
    };
  },
});

test('a server that is not there is told, without its password', async () => {
  const options = { url: 'redis://:secret@127.0.0.1:1', prefix: 'p', lease: 1, attempts: 1 };
  const refused = openBullmqQueue(options, modules);
  await expect(refused).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(
      /no Redis server answers at redis:\/\/…@127\.0\.0\.1:1: (?!.*secret)/,
    ),
  });
});
