import { createLanguageModel } from '@tunesmith/models';
import {
  adapterFeeds,
  composeGenerated,
  composeHooks,
  largestDifference,
  recordInputs,
} from '@tunesmith/peft';
import type { Adapter } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { expect, it } from 'vitest';
import { ids, type Subject } from './subject.ts';

/** What is computed of records alone: once for each that differs, and the same as where it is computed along. */
export function generatedTests<Config extends object>(subject: Subject<Config>): void {
  const { suite, model, records, trained, run, placed } = subject;
  const { method } = suite;

  it('generates once for each record that differs, and the same as in the step', async () => {
    let generations = 0;
    const counting: Adapter<Config> = {
      ...(await trained()),
      method: {
        ...method,
        generate(scope) {
          generations += scope.input(scope.plan.inputs![0]!.name).shape[0]!;
          return method.generate!(scope);
        },
      },
    };
    const switches = [{ adapter: counting }];
    const languageModel = createLanguageModel({
      placed: placed(),
      hooksFrom: composeHooks(switches),
      generateFrom: composeGenerated(switches),
      extra: adapterFeeds([counting]),
      inputs: recordInputs([counting]),
    });
    const logits = async (of: readonly number[]): Promise<HostTensor> =>
      languageModel.logits(
        of.map((row) => ids[row]!),
        {
          records: of.map((row) => records[row]!),
          ...(model.spec.kind === 'encoder-decoder'
            ? { decoderIds: of.map((row) => ids[row]!) }
            : {}),
        },
      );
    const expected = await run({ adapter: counting });
    generations = 0;
    expect(largestDifference(await logits([0, 1]), expected)).toBeLessThan(1e-5);
    expect(generations).toBe(2);
    expect((await logits([1, 0, 1])).data.length).toBeGreaterThan(0);
    expect(generations).toBe(2);
    languageModel.update(adapterFeeds([counting]));
    await logits([0, 0]);
    expect(generations).toBe(3);
    await languageModel.dispose();
  });
}
