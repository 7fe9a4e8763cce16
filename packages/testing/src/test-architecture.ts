import {
  createScope,
  initializeParameters,
  type Architecture,
  type Hooks,
} from '@tunesmith/models';
import {
  tf,
  valueAndGradients,
  type Device,
  type HostTensor,
  type TensorMap,
} from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose, rowsOf, worst } from './models/closeness.ts';
import { cachedHidden } from './models/cached.ts';
import { tensorsOfSites } from './models/sites.ts';
import { batchOf, int, otherText, packed, text } from './models/texts.ts';
import { testPlugin } from './test-plugin.ts';

/** What an architecture is tried with. */
export interface ArchitectureSuite {
  readonly architecture: Architecture;
  /** A `config.json` of a tiny model: two blocks or more, at least 8 tokens and 16 positions, an activation without corners. */
  readonly configuration: object;
  /** What distinguishes the configuration, for the name of the suite. */
  readonly label?: string;
  /** False for models that know order from causality alone. */
  readonly readsPositions?: boolean;
  /** Tensors that get no gradient from a text of one segment (a table of which only some rows are read gets one). */
  readonly withoutGradient?: RegExp;
}

/**
 * The suite that every model architecture passes, built in or not: a valid manifest; sites whose tensors exist in the right
 * shapes; hooks called at every site; a token that sees what it should and nothing else; the same hidden states for segments
 * packed in one row and alone, for a text read token by token with a cache, also beside a shorter one, and for wanted positions
 * alone; gradients as finite differences have them; a fused head that gives the loss of its logits; and the same numbers on the
 * eager device and compiled.
 *
 * Call it at the top level of a test file. Values are held to those of another program by tests of your own.
 */
export function testArchitecture(suite: ArchitectureSuite): void {
  const { architecture, configuration, label, readsPositions = true, withoutGradient } = suite;
  testPlugin({ kind: 'architecture', value: architecture });
  describe(`architecture ${architecture.name}${label ? ` (${label})` : ''}`, () => {
    const spec = architecture.spec(configuration);
    const parameters = initializeParameters(spec, 1, { std: 0.3 });
    const one = packed(spec, [text]);
    let eager: Device;
    beforeAll(async () => {
      eager = await openDevice('tfjs-cpu');
    });
    afterAll(() => eager.close());

    /** Hidden states of a batch, `[rows][width]`. */
    const hiddenOf = async (
      batch: Record<string, HostTensor>,
      { device = eager, hooks = {} }: { device?: Device; hooks?: Hooks } = {},
    ): Promise<number[][]> => {
      const run = device.jit('hidden', (inputs: TensorMap) => {
        const scope = createScope({ parameters: inputs, hooks });
        return { hidden: architecture.forward(spec, scope, batchOf(inputs)).hidden };
      });
      const { hidden } = await run({ ...parameters, ...batch });
      return rowsOf(await device.read(hidden!), spec.width);
    };

    it('says which models it reads', () => {
      expect(architecture.modelTypes).toContain(spec.modelType);
    });

    it('has sites with names of their own, and their tensors in the right shapes', () => {
      const names = spec.sites.map(({ kind, name }) => `${kind} ${name}`);
      expect(new Set(names).size).toBe(names.length);
      for (const [tensor, shape] of tensorsOfSites(spec))
        expect(spec.tensors[tensor]?.shape, tensor).toEqual(shape);
      expect(spec.sites).toContain(spec.embed);
      expect(spec.sites).toContain(spec.head);
      expect(spec.head.ownWeight !== undefined).toBe(spec.tied);
      expect(spec.head.head).toBe(true);
      for (const repeated of Object.values(spec.copies))
        expect(Object.keys(spec.tensors)).toContain(repeated);
    });

    it('declares a cache for each attention that decoding goes through', () => {
      const kept = spec.sites.flatMap((site) =>
        site.kind === 'attention' && site.sees !== 'bidirectional' ? [site.name] : [],
      );
      expect(spec.caches.map(({ site }) => site)).toEqual(kept);
    });

    it('calls a hook at every site', async () => {
      const called = new Set<string>();
      const visit = <T>(site: { kind: string; name: string }, result: T): T => {
        called.add(`${site.kind} ${site.name}`);
        return result;
      };
      const hooks: Hooks = {
        embed: (site, embedded) => visit(site, embedded),
        linear: (site, x, next) => visit(site, next(x)),
        norm: (site, x, next) => visit(site, next(x)),
        sublayer: (site, { output }) => visit(site, output),
        attention: (site, heads) => visit(site, heads),
      };
      const run = eager.jit('visited', (inputs: TensorMap) => {
        const scope = createScope({ parameters: inputs, hooks });
        const { hidden } = architecture.forward(spec, scope, batchOf(inputs));
        return { logits: architecture.head(spec, scope).logits(hidden) };
      });
      await run({ ...parameters, ...one });
      expect([...called].toSorted()).toEqual(
        spec.sites.map(({ kind, name }) => `${kind} ${name}`).toSorted(),
      );
    });

    it('lets a token see what it should, and nothing else', async () => {
      const base = await hiddenOf(one);
      const changed = await hiddenOf({ ...one, ids: int([[3, 1, 4, 6, 5, 2]]) });
      const unchanged = spec.kind === 'encoder' ? 0 : 3;
      expectClose(changed.slice(0, unchanged), base.slice(0, unchanged), 0);
      // a window may hide the changed token from the last ones
      for (const [at, row] of changed.slice(0, 4).entries())
        if (at >= unchanged) expect(worst([row], [base[at]!]), `token ${at}`).toBeGreaterThan(1e-4);
    });

    it('lets every token see all of the source, and reads none without a decoder for it', async () => {
      const base = await hiddenOf(one);
      const changed = await hiddenOf({ ...one, 'source:ids': int([[6, 2, 7, 1, 4]]) });
      for (const [at, row] of changed.entries())
        expect(worst([row], [base[at]!]) > 1e-4, `token ${at}`).toBe(
          spec.kind === 'encoder-decoder',
        );
    });

    it(`${readsPositions ? 'reads' : 'does not read'} positions`, async () => {
      const base = await hiddenOf(one);
      const nowhere = await hiddenOf({ ...one, positions: int([[0, 0, 0, 0, 0, 0]]) });
      expect(worst(nowhere.slice(1), base.slice(1)) > 1e-4).toBe(readsPositions);
    });

    it('keeps segments of one row apart, and padding out', async () => {
      const both = await hiddenOf(packed(spec, [text, otherText], 1));
      expectClose(both.slice(0, 6), await hiddenOf(one), 1e-5);
      expectClose(both.slice(6, 8), await hiddenOf(packed(spec, [otherText])), 1e-5);
    });

    it('needs no segment numbers where every row is one segment', async () => {
      const { segmentIds: _, 'source:segmentIds': __, ...rest } = one;
      expectClose(await hiddenOf(rest as Record<string, HostTensor>), await hiddenOf(one), 1e-5);
    });

    it('gives wanted positions alone what it gives them among all', async () => {
      const all = await hiddenOf(one);
      const logitsToKeep = { data: Int32Array.from([5, 2]), shape: [2], dtype: 'int32' } as const;
      expectClose(await hiddenOf({ ...one, logitsToKeep }), [all[5]!, all[2]!], 1e-5);
    });

    const isCached = spec.caches.length > 0;
    it(
      isCached
        ? 'reads two texts of unequal length with a cache as each at once'
        : 'keeps no cache',
      async () => {
        expect(isCached).toBe(spec.kind !== 'encoder');
        const compiled = await openDevice('cpu');
        for (const device of isCached ? [eager, compiled] : []) {
          const rows = await cachedHidden({
            architecture,
            spec,
            parameters,
            device,
            texts: [text, otherText],
          });
          expectClose(rows[0]!, await hiddenOf(one), 1e-5);
          expectClose(rows[1]!, await hiddenOf(packed(spec, [otherText])), 1e-5);
        }
        await compiled.close();
      },
    );

    it('has a fused head, if any, that gives its logits', async () => {
      const run = eager.jit('head', (inputs: TensorMap) => {
        const scope = createScope({ parameters: inputs });
        const { hidden } = architecture.forward(spec, scope, batchOf(inputs));
        const flat = tf.reshape(hidden, [-1, spec.width]);
        const head = architecture.head(spec, scope);
        const fused = head.projection(flat);
        if (!fused) return { whole: head.logits(flat) };
        const product = tf.matMul(fused.hidden, fused.weight, false, true);
        const { scale = 1, softCap } = fused;
        const scaled = tf.mul(fused.bias ? tf.add(product, fused.bias) : product, scale);
        return {
          whole: head.logits(flat),
          product: softCap ? tf.mul(tf.tanh(tf.div(scaled, softCap)), softCap) : scaled,
        };
      });
      const { whole, product } = await run({ ...parameters, ...one });
      expect(whole!.shape.at(-1)).toBe(spec.head.out);
      if (!product) return;
      const read = async (tensor: NonNullable<typeof whole>): Promise<number[][]> =>
        rowsOf(await eager.read(tensor), spec.head.out);
      expectClose(await read(product), await read(whole!), 1e-5, 'logits');
    });

    it('gives a gradient to every tensor, and the same numbers compiled', async () => {
      const compiled = await openDevice('cpu');
      const [expected, actual] = [await measured(eager), await measured(compiled)];
      await compiled.close();
      for (const [name, gradient] of Object.entries(expected.gradients)) {
        expectClose([actual.gradients[name]!], [gradient], 2e-4, name);
        if (withoutGradient?.test(name)) continue;
        expect(
          gradient.some((value) => value !== 0),
          `gradient of ${name}`,
        ).toBe(true);
      }
    });

    it('has the gradients that finite differences give', async () => {
      // Small weights: scores that nobody scales are then far from a step of the softmax.
      const calm = initializeParameters(spec, 1, { std: 0.1 });
      const { gradients } = await measured(eager, calm);
      const norm = Math.hypot(...Object.values(gradients).flat());
      // Along the gradient itself the slope is its norm.
      const at = async (factor: number): Promise<number> => {
        const moved = Object.entries(calm).map(([name, tensor]) => {
          const slope = gradients[name]!;
          const data = Float32Array.from(
            tensor.data,
            (value, i) => value + (factor * slope[i]!) / norm,
          );
          return [name, { ...tensor, data }] as const;
        });
        return (await measured(eager, Object.fromEntries(moved))).loss;
      };
      const step = 0.01;
      const near = (await at(step)) - (await at(-step));
      const far = (await at(2 * step)) - (await at(-2 * step));
      const slope = (8 * near - far) / (12 * step);
      expect(Math.abs(slope - norm) / norm).toBeLessThan(0.01);
    });

    /** `mean(sin(i) · logitᵢ)` and its gradients for every tensor of the model. */
    async function measured(
      device: Device,
      weights: Record<string, HostTensor> = parameters,
    ): Promise<{ loss: number; gradients: Record<string, readonly number[]> }> {
      const names = Object.keys(spec.tensors);
      const run = device.jit('gradients', (inputs: TensorMap) => {
        const trained = Object.fromEntries(names.map((name) => [name, inputs[name]!]));
        const { outputs, gradients } = valueAndGradients((tensors) => {
          const scope = createScope({ parameters: tensors });
          const { hidden } = architecture.forward(spec, scope, batchOf(inputs));
          const logits = tf.reshape(architecture.head(spec, scope).logits(hidden), [-1]);
          const weighted = tf.mul(logits, tf.sin(tf.range(0, logits.size)));
          return { loss: tf.mean<tf.Scalar>(weighted) };
        }, trained);
        return { ...gradients, loss: outputs.loss };
      });
      const results = await run({ ...weights, ...one });
      const read = async (name: string): Promise<number[]> => [
        ...(await device.read(results[name]!)).data,
      ];
      const gradients: Record<string, readonly number[]> = {};
      for (const name of names) gradients[name] = await read(name);
      return { loss: (await read('loss'))[0]!, gradients };
    }
  });
}
