import { placeModel, readEveryWeight } from '@tunesmith/models';
import {
  adapterFeeds,
  adapterLogits,
  composeAfterUpdate,
  largestDifference,
  parameterCount,
  plannedStates,
  trainableFeeds,
} from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { HostTensor } from '@tunesmith/runtime';
import { expect, it } from 'vitest';
import { lossAndGradients, slopeError } from './gradients.ts';
import { ids, type Subject } from './subject.ts';
import { updatedOn } from './updated-on.ts';

/** What trains: as much as is planned, with the gradients that the loss has, on every device; and what updates change. */
export function trainingTests<Config extends object>(subject: Subject<Config>): void {
  const { suite, model, records, create, trained, run, device, placed } = subject;
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
    const { gradients } = await lossAndGradients(placed(), adapter, ids, records);
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
    const { gradients } = await lossAndGradients(placed(), adapter, ids, records);
    const error = await slopeError(
      adapter,
      gradients,
      async (parameters) =>
        (await lossAndGradients(placed(), adapter, ids, records, parameters)).loss,
    );
    expect(error).toBeLessThan(0.01);
  });

  it('gives the same on the compiled device as on the eager one', async () => {
    const compiled = await openDevice('cpu');
    const adapter = await trained();
    const there = await placeModel(model, compiled);
    const one = await lossAndGradients(placed(), adapter, ids, records);
    const other = await lossAndGradients(there, adapter, ids, records);
    expect(Math.abs(one.loss - other.loss)).toBeLessThan(1e-6);
    for (const [name, gradient] of Object.entries(one.gradients)) {
      expect(largestDifference(gradient, other.gradients[name]!), name).toBeLessThan(1e-5);
    }
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
