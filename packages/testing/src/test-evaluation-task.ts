import { validateRecord, type EvaluationTask, type Instance } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { testPlugin } from './test-plugin.ts';

/**
 * The suite that every evaluation task passes, built in or not: a valid manifest; valid instances, each id once, the same ones
 * in the same order each time they are asked for; for `rank`, at least two different choices with the output among them; for
 * `generate` and `loss`, an output to compare with.
 *
 * Call it at the top level of a test file.
 *
 * @param options.instances how many instances it has, where that is known
 */
export function testEvaluationTask(
  task: EvaluationTask,
  options: { readonly instances?: number } = {},
): void {
  const read = async (): Promise<Instance[]> => {
    const found: Instance[] = [];
    for await (const instance of task.instances()) found.push(instance);
    return found;
  };

  testPlugin({ kind: 'evaluation-task', value: task });
  describe(`evaluation task ${task.name}`, () => {
    it('is of a kind that the harness measures', () => {
      expect(['generate', 'rank', 'loss', 'objective']).toContain(task.kind);
      if (task.kind !== 'generate') expect(task.metrics).toBeUndefined();
    });

    it('has valid instances, each id once', async () => {
      const found = await read();
      if (options.instances === undefined) expect(found.length).toBeGreaterThan(0);
      else expect(found).toHaveLength(options.instances);
      for (const instance of found) validateRecord(instance, { package: '@tunesmith/testing' });
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    });

    it('gives the same instances in the same order again', async () => {
      expect(await read()).toEqual(await read());
    });

    it(`has what "${task.kind}" is measured by`, async () => {
      for (const { id, output, meta } of await read()) {
        expect(output, `output of ${id}`).not.toBe('');
        if (task.kind !== 'rank') continue;
        const choices = meta?.choices ?? [];
        expect(new Set(choices).size, `different choices of ${id}`).toBe(choices.length);
        expect(choices.length, `choices of ${id}`).toBeGreaterThan(1);
        expect(choices, `choices of ${id}`).toContain(output);
      }
    });
  });
}
