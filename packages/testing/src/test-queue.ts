import { TunesmithError, type JobEnd, type JobQueue } from '@tunesmith/schema';
import { describe, expect, it, type TestContext } from 'vitest';

/** A kind of queue, to be tested. */
export interface QueueCases {
  /**
   * Opens a queue that nobody has used; each call of the function that it gives opens the same one again, as another process would.
   * A worker of it is taken for lost after so short a time as the queue bears: tests wait for it.
   *
   * @param context of the test, to skip it where the queue's server is not there
   */
  fresh(context: TestContext): Promise<() => Promise<OpenedQueue>>;
}

/** A queue as one process has it. */
export interface OpenedQueue {
  readonly queue: JobQueue;
  /** Ends it as a killed process would: no word to anybody, nothing more is heard of it. */
  kill(): Promise<void>;
}

const job = (key: string, data: unknown = key) => ({ key, topic: 'model', data });

/**
 * The conformance suite of `JobQueue`: what a job relies on that hands its work to others, some of whom are lost.
 *
 * @param name of the queue, for the test's title
 */
export function testQueue(name: string, { fresh }: QueueCases): void {
  describe(`queue: ${name}`, () => {
    const begun = async (context: TestContext) => {
      const open = await fresh(context);
      const opened: OpenedQueue[] = [];
      const ended = new AbortController();
      const works = new Set<Promise<void>>();
      const process = async (): Promise<OpenedQueue> => {
        const one = await open();
        opened.push(one);
        return one;
      };
      context.onTestFinished(async () => {
        ended.abort();
        await Promise.allSettled(works);
        for (const { queue } of opened) await queue.close();
      });
      return {
        process,
        /** Begins to work in a process of its own. */
        async work(handle: (data: unknown) => Promise<unknown>, more: Partial<WorkCase> = {}) {
          const { topic = 'model', atOnce = 4, signal = ended.signal, onEnd } = more;
          const one = await process();
          const work = one.queue.work(topic, handle, { atOnce, signal, ...(onEnd && { onEnd }) });
          work.catch(() => undefined);
          works.add(work);
          const kill = async (): Promise<void> => {
            works.delete(work);
            await one.kill();
          };
          return { ...one, kill, work };
        },
      };
    };

    it('gives every job to one worker, and its result to who asked', async (context) => {
      const { process, work } = await begun(context);
      const asked: unknown[] = [];
      const double = async (data: unknown) => {
        asked.push(data);
        return { twice: Number(data) * 2 };
      };
      for (let worker = 0; worker < 3; worker++) await work(double);
      const { queue } = await process();
      const numbers = Array.from({ length: 40 }, (_, number) => number);
      const results = await Promise.all(numbers.map((n) => queue.result(job(`run/${n}/0`, n))));
      expect(results).toEqual(numbers.map((n) => ({ value: { twice: n * 2 }, attempts: 1 })));
      expect(asked.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers);
    });

    it('has one result of a key, whoever asks and however often', async (context) => {
      const { process, work } = await begun(context);
      let times = 0;
      await work(async () => ++times);
      const [one, other] = [(await process()).queue, (await process()).queue];
      const results = await Promise.all([one, other, one].map((queue) => queue.result(job('a'))));
      expect(results.map(({ value }) => value)).toEqual([1, 1, 1]);
      expect((await other.result(job('a', 'other data'))).value).toBe(1);
    });

    it('keeps a job for workers that come later, and a result for who asks later', async (context) => {
      const { process, work } = await begun(context);
      const first = await process();
      const left = new AbortController();
      const waiting = first.queue.result(job('a'), { signal: left.signal });
      setTimeout(() => left.abort(new Error('gone')), 100);
      await expect(waiting).rejects.toThrow('gone');
      let times = 0;
      const done = new Promise<void>((resolve) => {
        void work(async () => ++times, { onEnd: () => resolve() });
      });
      await done;
      expect(await (await process()).queue.result(job('a'))).toEqual({ value: 1, attempts: 1 });
      expect(times).toBe(1);
    });

    it('gives the job of a worker that was lost to another one, and counts the attempt', async (context) => {
      const { process, work } = await begun(context);
      const { queue } = await process();
      const taken = new Promise<void>((resolve) => {
        void work(
          () => {
            resolve();
            return new Promise(() => {});
          },
          { signal: new AbortController().signal },
        ).then(({ kill }) => void taken.then(kill));
      });
      const result = queue.result(job('a'));
      await taken;
      await work(async () => 'of another');
      expect(await result).toEqual({ value: 'of another', attempts: 2 });
    });

    it('leaves a job to a worker that is slow, however long it takes', async (context) => {
      const { process, work } = await begun(context);
      let times = 0;
      const slow = async () => {
        times += 1;
        await new Promise((resolve) => setTimeout(resolve, 2500));
        return 'at last';
      };
      await work(slow);
      await work(slow);
      const { queue } = await process();
      expect(await queue.result(job('a'))).toEqual({ value: 'at last', attempts: 1 });
      expect(times).toBe(1);
    });

    it('gives a failure to who asked, with its code, and tries a key again that is asked for again', async (context) => {
      const { process, work } = await begun(context);
      const ends: JobEnd[] = [];
      let times = 0;
      const second = async () => {
        if (++times > 1) return 'now';
        throw new TunesmithError({
          package: 'p',
          code: 'unauthorized',
          kind: 'failure',
          message: 'no key',
        });
      };
      await work(second, { onEnd: (end) => ends.push(end) });
      const { queue } = await process();
      await expect(queue.result(job('a'))).rejects.toMatchObject({
        code: 'unauthorized',
        kind: 'failure',
        message: '[p] no key',
      });
      expect((await queue.result(job('a'))).value).toBe('now');
      await expect.poll(() => ends).toEqual(['failed', 'done']);
    });

    it('works for a key again that it was told to forget, and does not mind one that it does not know', async (context) => {
      const { process, work } = await begun(context);
      let times = 0;
      await work(async () => ++times);
      const { queue } = await process();
      await queue.result(job('a'));
      await queue.forget([job('a'), job('b')]);
      expect((await queue.result(job('a'))).value).toBe(2);
    });

    it('gives workers the jobs of their topic alone', async (context) => {
      const { process, work } = await begun(context);
      await work(async () => 'small', { topic: 'org/small:8b' });
      await work(async () => 'large', { topic: 'org/large' });
      const { queue } = await process();
      const of = async (key: string, topic: string) =>
        (await queue.result({ key, topic, data: 0 })).value;
      expect(await of('a', 'org/large')).toBe('large');
      expect(await of('b', 'org/small:8b')).toBe('small');
    });

    it('has no more jobs of a worker under way than it says', async (context) => {
      const { process, work } = await begun(context);
      let [under, most] = [0, 0];
      await work(
        async () => {
          most = Math.max(most, ++under);
          await new Promise((resolve) => setTimeout(resolve, 5));
          under -= 1;
        },
        { atOnce: 2 },
      );
      const { queue } = await process();
      await Promise.all(Array.from({ length: 9 }, (_, n) => queue.result(job(`run/${n}`))));
      expect(most).toBe(2);
    });

    it('lets a worker that is told to end do what it began, and begin nothing more', async (context) => {
      const { process, work } = await begun(context);
      const { queue } = await process();
      const told = new AbortController();
      let times = 0;
      const { work: first } = await work(
        async () => {
          times += 1;
          told.abort();
          await new Promise((resolve) => setTimeout(resolve, 200));
          return 'first';
        },
        { atOnce: 1, signal: told.signal },
      );
      const results = [queue.result(job('a')), queue.result(job('b'))];
      await first;
      expect(times).toBe(1);
      await work(async () => 'second');
      const values = await Promise.all(results);
      expect(values.map(({ value }) => value).toSorted()).toEqual(['first', 'second']);
      expect(values.map(({ attempts }) => attempts)).toEqual([1, 1]);
    });
  });
}

interface WorkCase {
  readonly topic: string;
  readonly atOnce: number;
  readonly signal: AbortSignal;
  readonly onEnd: (end: JobEnd) => void;
}
