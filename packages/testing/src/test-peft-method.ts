import type { Model, ModelSpec, RecordMeta } from '@tunesmith/models';
import { placeModel } from '@tunesmith/models';
import {
  adapterLogits,
  chosenByRecord,
  largestDifference,
  mergeAdapter,
  type Plan,
} from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { describe, expect, it } from 'vitest';
import { tinyModel, tinyModelNames } from './models/tiny-model.ts';
import { fileTests } from './peft/file-tests.ts';
import { generatedTests } from './peft/generated-tests.ts';
import { quantizedTests } from './peft/quantized-tests.ts';
import { ids, openSubject } from './peft/subject.ts';
import type { PeftMethodSuite } from './peft/suite.ts';
import { trainingTests } from './peft/training-tests.ts';
import { testPlugin } from './test-plugin.ts';

/**
 * The suite that every parameter-efficient method passes, built in or not. Call it at the top level of a test file.
 *
 * On tiny models of several architectures: a fresh adapter has no effect, and is the same for the same seed; exactly the
 * planned tensors train and reach the loss, as many numbers as the method's formula says; files give the same adapter back
 * and refuse missing, extra and mis-shaped tensors; a merge equals the adapter; an adapter that is switched off leaves the
 * base bit for bit, and another adapter beside it changes nothing; rows of one batch choose among several; records are read as planned, and updates change what is
 * planned; gradients agree with finite differences, and the
 * compiled device with the eager one; what records alone decide is generated once for each; and on the first of the models, with its maps in int8 and in NF4 as well.
 */
export function testPeftMethod<Config extends object>(suite: PeftMethodSuite<Config>): void {
  const { method, label } = suite;
  describe(`method ${method.name}${label ? ` (${label})` : ''}`, () => {
    testPlugin({ kind: 'method', value: method });

    const names = suite.models ?? tinyModelNames;
    describe.each(names)('on %s', (name) => onModel(suite, tinyModel(name), name === names[0]));
  });
}

function onModel<Config extends object>(
  suite: PeftMethodSuite<Config>,
  model: Model,
  isFirst: boolean,
): void {
  const { method } = suite;
  const subject = openSubject(suite, model);
  const { records, create, trained, run, device, placed } = subject;

  it('is the same adapter for the same seed', async () => {
    expect((await create(5)).parameters).toEqual((await create(5)).parameters);
  });

  it('has no effect before it is trained', async () => {
    const adapter = await create(0);
    if (suite.effectAtStart === false) {
      // Only what is attended to from the start may excuse an effect: virtual tokens, and prefixes that are generated.
      if (!method.generate) expect(adapter.plan.virtualTokens?.count).toBeGreaterThan(0);
      return;
    }
    expect(largestDifference(await run({ adapter }), await run())).toBeLessThanOrEqual(
      suite.effectAtStart ?? 0,
    );
  });

  it('has an effect once trained', async () => {
    const tuned = await run({ adapter: await trained() });
    const base = await run();
    if (tuned.data.length === base.data.length)
      expect(largestDifference(tuned, base)).toBeGreaterThan(1e-4);
    else expect(tuned.data.length).toBeGreaterThan(base.data.length);
  });

  it('reads of each record what its plan says, and nothing else', async () => {
    const adapter = await trained();
    const inputs = adapter.plan.inputs ?? [];
    if (inputs.length === 0) {
      expect(records, 'records are for methods that read them').toEqual([]);
      return;
    }
    const [first, second] = records;
    const logitsOf = (of: readonly RecordMeta[]): Promise<HostTensor> =>
      adapterLogits({ placed: placed(), adapters: [{ adapter }], ids, records: of });
    const [one, other] = [await logitsOf([first!, second!]), await logitsOf([first!, first!])];
    const half = one.data.length / 2;
    expect(one.data.slice(0, half)).toEqual(other.data.slice(0, half));
    expect(one.data.slice(half)).not.toEqual(other.data.slice(half));
    await expect(logitsOf([first!, { id: 'bare', meta: {} }])).rejects.toThrow(
      `record "bare" has no meta.${inputs[0]!.key}`,
    );
  });

  it('leaves the base bit for bit when it is switched off', async () => {
    expect((await run({ adapter: await trained(), active: false })).data).toEqual(
      (await run()).data,
    );
  });

  it('is not disturbed by another adapter of another name', async () => {
    const [one, other] = [await trained('one', 1), await trained('other', 2)];
    const alone = await run({ adapter: one });
    expect((await run({ adapter: one }, { adapter: other, active: false })).data).toEqual(
      alone.data,
    );
    const both = run({ adapter: one }, { adapter: other });
    if (one.plan.base.length > 0) {
      await expect(both).rejects.toThrow(/"one" and "other" both train a copy of/);
    } else {
      const together = await both;
      expect(together.data.every(Number.isFinite)).toBe(true);
      expect(together.data).not.toEqual(alone.data);
    }
  });

  it('serves its own rows of a batch beside another adapter, or says that it cannot be chosen', async () => {
    const [one, other] = [await trained('one', 1), await trained('other', 2)];
    const together = async (...names: readonly (string | undefined)[]): Promise<HostTensor> =>
      adapterLogits({
        placed: placed(),
        adapters: [one, other].map((adapter) => ({ adapter: chosenByRecord(adapter) })),
        ids: [...ids, ...ids],
        records: names.map((adapter) => ({ meta: { adapter } })),
      });
    const chosen = together('one', 'other', undefined, 'one');
    if (!(suite.choosable?.(model.spec) ?? staysInBlocks(one.plan, model.spec))) {
      await expect(chosen).rejects.toMatchObject({ code: 'cannot-choose' });
      return;
    }
    const batch = await chosen;
    const alone = [{ adapter: one }, { adapter: other }, undefined, { adapter: one }];
    for (const [row, adapter] of alone.entries())
      expect(
        largestDifference(
          rowOf(batch, row, 4),
          rowOf(await (adapter ? run(adapter) : run()), row % 2, 2),
        ),
      ).toBeLessThan(1e-5);
    await expect(together('one', 'three', 'one', 'one')).rejects.toThrow(
      'has meta.adapter "three"',
    );
  });

  const mergeable = method.merge !== undefined && suite.mergeable?.(model.spec) !== false;
  it(
    mergeable ? 'merges into a model that gives the same logits' : 'says that it cannot be merged',
    async () => {
      const adapter = await trained();
      const merging = mergeAdapter({ model, adapter, device: device() });
      if (!mergeable) {
        await expect(merging).rejects.toMatchObject({ code: 'cannot-merge' });
        return;
      }
      const merged = await placeModel(await merging, device());
      const logits = await adapterLogits({ placed: merged, adapters: [], ids });
      expect(largestDifference(logits, await run({ adapter }))).toBeLessThan(1e-5);
    },
  );

  trainingTests(subject);
  if (method.generate) generatedTests(subject);
  if (isFirst) quantizedTests(subject);
  fileTests(subject);
}

/** Whether all that a plan does is done at maps and norms of blocks. */
function staysInBlocks(
  { virtualTokens, base, changed = [], inputs = [], sites: acting }: Plan,
  { sites }: ModelSpec,
): boolean {
  const isOutside = sites.some(
    (site) =>
      site.kind === 'linear' &&
      acting.includes(site.name) &&
      (site.layer === undefined || site.expert !== undefined),
  );
  const own = new Set(
    sites.flatMap((site) => {
      const isOwn = site.kind === 'norm' || (site.kind === 'linear' && site.layer !== undefined);
      return isOwn ? [site.weight, site.bias] : [];
    }),
  );
  const replaced = [...base, ...changed];
  return (
    !virtualTokens && inputs.length === 0 && !isOutside && replaced.every((one) => own.has(one))
  );
}

/** One of the equal parts of a tensor along its first axis. */
function rowOf({ data, dtype, shape }: HostTensor, row: number, rows: number): HostTensor {
  const size = data.length / rows;
  return { dtype, shape: [1, ...shape.slice(1)], data: data.slice(row * size, (row + 1) * size) };
}
