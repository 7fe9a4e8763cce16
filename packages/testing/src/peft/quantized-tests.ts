import { int8Precision, nf4Precision, placeModel } from '@tunesmith/models';
import type { PlacedModel, Precision } from '@tunesmith/models';
import {
  adapterLogits,
  largestDifference,
  trainableFeeds,
  type Adapter,
  type AdapterSwitch,
} from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lossAndGradients, slopeError } from './gradients.ts';
import { ids, type Subject } from './subject.ts';

/** Integers of seven bits, whose sums no device saturates. */
const largest = 63;

/**
 * A method over a base whose linear maps lie in int8 or NF4. One that has tensors in the place of such weights is refused there.
 */
export function quantizedTests<Config extends object>(subject: Subject<Config>): void {
  const { suite, model, records, create, trained, device, placed } = subject;
  const precisions: Readonly<Record<string, Precision>> = {
    int8: int8Precision(model.spec, { largest }),
    nf4: nf4Precision(model.spec),
  };
  const replaces = ({ plan }: Adapter, { tensors }: PlacedModel): boolean =>
    [...plan.base, ...(plan.changed ?? [])].some(
      (name) => name in model.spec.tensors && !(name in tensors),
    );

  describe.each(Object.keys(precisions))('over a base in %s', (name) => {
    const precision = precisions[name]!;
    let base: PlacedModel;
    beforeAll(async () => {
      base = await placeModel(model, device(), { precision });
    });
    afterAll(() => base.dispose());
    const run = (...adapters: AdapterSwitch[]): Promise<HostTensor> =>
      adapterLogits({ placed: base, adapters, ids, records });

    it('acts as over the base in float32: not before it is trained, then it does, and not once it is off', async () => {
      const [alone, adapter] = [await run(), await trained()];
      if (replaces(adapter, base)) {
        await expect(run({ adapter })).rejects.toMatchObject({ code: 'unsupported-precision' });
        return;
      }
      const tuned = await run({ adapter });
      expect((await run({ adapter, active: false })).data).toEqual(alone.data);
      if (tuned.data.length !== alone.data.length) return;
      expect(largestDifference(tuned, alone)).toBeGreaterThan(1e-4);
      if (suite.effectAtStart === false) return;
      expect(largestDifference(await run({ adapter: await create(0) }), alone)).toBeLessThanOrEqual(
        suite.effectOverQuantized ?? suite.effectAtStart ?? 0,
      );
    });

    it('trains what is planned, with the gradients of that base', async () => {
      const adapter = await trained();
      const training = lossAndGradients(base, adapter, ids, records);
      if (replaces(adapter, base)) {
        await expect(training).rejects.toMatchObject({ code: 'unsupported-precision' });
        return;
      }
      const { gradients } = await training;
      expect(Object.keys(gradients).sort()).toEqual(trainableFeeds([adapter]).sort());
      for (const [name, { data }] of Object.entries(gradients))
        expect(data.every(Number.isFinite) && data.some((value) => value !== 0), name).toBe(true);
      if (precision.name === 'nf4' && suite.constants === undefined) {
        const lossOf = async (parameters: Adapter['parameters']): Promise<number> =>
          (await lossAndGradients(base, adapter, ids, records, parameters)).loss;
        expect(await slopeError(adapter, gradients, lossOf)).toBeLessThan(0.01);
        return;
      }
      // Inputs that are rounded have no slope of their own: the gradient is near that over the base in float32.
      const exact = await lossAndGradients(placed(), adapter, ids, records);
      expect(cosine(gradients, exact.gradients)).toBeGreaterThan(0.9);
    });
  });
}

/** The cosine of the angle between two gradients. */
function cosine(
  one: Readonly<Record<string, HostTensor>>,
  other: Readonly<Record<string, HostTensor>>,
): number {
  const flat = (of: typeof one): number[] =>
    Object.keys(one).flatMap((name) => [...of[name]!.data]);
  const [a, b] = [flat(one), flat(other)];
  const product = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}
