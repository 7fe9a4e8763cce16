import { placeModel, readEveryWeight } from '@tunesmith/models';
import {
  adapterFeeds,
  adapterLogits,
  composeAfterUpdate,
  feedName,
  largestDifference,
  parameterCount,
  plannedStates,
  trainableFeeds,
} from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { HostTensor } from '@tunesmith/runtime';
import { expect, it } from 'vitest';
import { lossAndGradients } from './gradients.ts';
import { ids, type Subject } from './subject.ts';
import { updatedOn } from './updated-on.ts';

/** What trains: as much as is planned, with the gradients that the loss has, on every device; and what updates change. */
export function trainingTests<Config extends object>(subject: Subject<Config>): void {
  const { suite, model, records, create, trained, run, device } = subject;
  const { method } = suite;

  it('trains as many numbers as its formula says', async () => {
    const adapter = await create(0);
    expect(parameterCount(adapter.plan, model.spec)).toBe(
      suite.parameterCount(model.spec, adapter.config),
    );
  });

  it('trains exactly the planned tensors, and each reaches the loss', async () => {
    const adapter = await trained();
    const planned = [...adapter.plan.tensors.map((tensor) => tensor.name), ...adapter.plan.base];
    expect(Object.keys(adapter.parameters).sort()).toEqual([...planned].sort());
    const before = Object.entries(await readEveryWeight(model.weights)).map(
      ([name, tensor]) => [name, tensor.data.slice()] as const,
    );
    const { gradients } = await lossAndGradients(device(), model, adapter, ids, undefined, records);
    expect(Object.keys(gradients).sort()).toEqual(trainableFeeds([adapter]).sort());
    for (const [name, { data }] of Object.entries(gradients)) {
      expect(data.every(Number.isFinite), `gradient of ${name} is finite`).toBe(true);
      expect(
        data.some((value) => value !== 0),
        `gradient of ${name} is not zero`,
      ).toBe(true);
    }
    for (const [name, data] of before)
      expect((await model.weights.read(name)).data, name).toEqual(data);
  });

  it('has the gradients that finite differences give', async (context) => {
    if (suite.constants !== undefined) context.skip(`${suite.constants} is taken for a constant`);
    const adapter = await trained();
    const { gradients } = await lossAndGradients(device(), model, adapter, ids, undefined, records);
    const norm = Math.hypot(...Object.values(gradients).flatMap(({ data }) => [...data]));
    // Along the gradient itself the slope is its norm.
    const at = async (factor: number): Promise<number> => {
      const parameters = Object.fromEntries(
        Object.entries(adapter.parameters).map(([name, { shape, data }]) => {
          const slope = gradients[feedName(adapter.name, name)]?.data;
          const moved = Float32Array.from(
            data,
            (value, i) => value + (factor * (slope?.[i] ?? 0)) / norm,
          );
          return [name, { shape, dtype: 'float32' as const, data: moved }];
        }),
      );
      return (await lossAndGradients(device(), model, adapter, ids, parameters, records)).loss;
    };
    // Five points: steps wide enough for float32's rounding then still leave out the third derivative.
    const errorAt = async (step: number): Promise<number> => {
      const near = (await at(step)) - (await at(-step));
      const far = (await at(2 * step)) - (await at(-2 * step));
      const slope = (8 * near - far) / (12 * step);
      return Math.abs(slope - norm) / norm;
    };
    // Where the loss is strongly curved, or has kinks, wide steps say little, and elsewhere small ones.
    const errors = [await errorAt(0.02), await errorAt(0.004)];
    expect(Math.min(...errors)).toBeLessThan(0.01);
  });

  it('gives the same on the compiled device as on the eager one', async () => {
    const compiled = await openDevice('cpu');
    const adapter = await trained();
    const one = await lossAndGradients(device(), model, adapter, ids, undefined, records);
    const other = await lossAndGradients(compiled, model, adapter, ids, undefined, records);
    expect(Math.abs(one.loss - other.loss)).toBeLessThan(1e-6);
    for (const [name, gradient] of Object.entries(one.gradients)) {
      expect(largestDifference(gradient, other.gradients[name]!), name).toBeLessThan(1e-5);
    }
    const there = await placeModel(model, compiled);
    const logits = await adapterLogits({ placed: there, adapters: [{ adapter }], ids, records });
    expect(largestDifference(logits, await run({ adapter }))).toBeLessThan(1e-5);
    await compiled.close();
  });

  it('changes after an update only what trains and what it keeps, the same on every device', async () => {
    const adapter = await trained();
    const states = plannedStates([adapter]);
    const update = composeAfterUpdate([adapter]);
    expect(update === undefined, 'a state is for methods with afterUpdate').toBe(
      Object.keys(states).length === 0 && method.afterUpdate === undefined,
    );
    if (!update) return;
    const feeds = adapterFeeds([adapter]);
    const parameters = Object.fromEntries(
      trainableFeeds([adapter]).map((name) => [name, feeds[name]!]),
    );
    const kept = Object.fromEntries(
      Object.entries(states).map(([name, { shape }]): [string, HostTensor] => {
        const size = shape.reduce((count, length) => count * length, 1);
        return [name, { shape, dtype: 'float32', data: new Float32Array(size) }];
      }),
    );
    const compiled = await openDevice('cpu');
    const [one, two] = await Promise.all(
      [device(), compiled].map((each) => updatedOn(each, update, parameters, kept)),
    );
    await compiled.close();
    expect(Object.keys(one!).sort()).toEqual(
      [...Object.keys(parameters), ...Object.keys(states)].sort(),
    );
    for (const [name, tensor] of Object.entries(one!)) {
      expect(tensor.data.every(Number.isFinite), name).toBe(true);
      expect(largestDifference(tensor, two![name]!), name).toBeLessThan(1e-5);
    }
  });
}
