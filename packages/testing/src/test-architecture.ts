import {
  headLogits,
  initializeParameters,
  type Architecture,
  type Batch,
  type Hooks,
  type ModelSpec,
  type PastLayer,
} from '@tunesmith/models';
import {
  openDevice,
  tf,
  valueAndGradients,
  type Device,
  type HostTensor,
  type TensorMap,
} from '@tunesmith/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectManifest } from './expect-manifest.ts';

/** What an architecture is tried with. */
export interface ArchitectureSuite {
  readonly architecture: Architecture;
  /** A `config.json` of a tiny model: two blocks or more, at least 8 tokens and 16 positions. */
  readonly configuration: object;
  /** What distinguishes the configuration, for the name of the suite. */
  readonly label?: string;
  /** False for models that know order from causality alone. */
  readonly readsPositions?: boolean;
}

const int = (rows: readonly (readonly number[])[]): HostTensor => ({
  data: Int32Array.from(rows.flat()),
  shape: [rows.length, rows[0]!.length],
  dtype: 'int32',
});

/** One text of six tokens. */
const text = {
  ids: int([[3, 1, 4, 1, 5, 2]]),
  positions: int([[0, 1, 2, 3, 4, 5]]),
  segmentIds: int([[1, 1, 1, 1, 1, 1]]),
};

/**
 * The suite that every model architecture passes, built in or not: a valid manifest; sites whose tensors exist in the right
 * shapes; hooks called at every site; a token that sees what is before it in its document and nothing else; the same hidden
 * states for documents packed in one row and for a row that is one document, for a text in two calls with a cache, and for wanted positions alone; a gradient at
 * every tensor; and the same numbers on the eager device and compiled.
 *
 * Call it at the top level of a test file. Values are held to those of another program by tests of your own.
 */
export function testArchitecture(suite: ArchitectureSuite): void {
  const { architecture, configuration, label, readsPositions = true } = suite;
  describe(`architecture ${architecture.name}${label ? ` (${label})` : ''}`, () => {
    const spec = architecture.spec(configuration);
    const parameters = initializeParameters(spec, 1, { std: 0.3 });
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
      const run = device.jit('hidden', (inputs: TensorMap) => ({
        hidden: architecture.forward(spec, inputs, inputs as unknown as Batch, hooks).hidden,
      }));
      const { hidden } = await run({ ...parameters, ...batch });
      return rowsOf(await device.read(hidden!), spec.width);
    };

    it('says what it is, and which models it reads', () => {
      expectManifest('architecture', architecture);
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
      const layers = new Set(spec.sites.flatMap((site) => ('layer' in site ? [site.layer] : [])));
      expect(layers.size).toBe(spec.layers);
    });

    it('calls a hook at every site', async () => {
      const called = new Set<string>();
      const visit = <T>(site: { kind: string; name: string }, result: T): T => {
        called.add(`${site.kind} ${site.name}`);
        return result;
      };
      await hiddenOf(text, {
        hooks: {
          embed: (site, embedded) => visit(site, embedded),
          linear: (site, x, next) => visit(site, next(x)),
          norm: (site, x, next) => visit(site, next(x)),
          sublayer: (site, { output }) => visit(site, output),
          attention: (site, heads) => visit(site, heads),
        },
      });
      // the head comes after the hidden states
      const announced = spec.sites.filter((site) => site !== spec.head);
      expect([...called].toSorted()).toEqual(
        announced.map(({ kind, name }) => `${kind} ${name}`).toSorted(),
      );
    });

    it('lets a token see what is before it, and nothing after', async () => {
      const base = await hiddenOf(text);
      const changed = await hiddenOf({ ...text, ids: int([[3, 1, 4, 6, 5, 2]]) });
      expectClose(changed.slice(0, 3), base.slice(0, 3), 0);
      for (const [at, row] of changed.entries())
        if (at >= 3) expect(worst([row], [base[at]!]), `token ${at}`).toBeGreaterThan(1e-4);
    });

    it(`${readsPositions ? 'reads' : 'does not read'} positions`, async () => {
      const base = await hiddenOf(text);
      const nowhere = await hiddenOf({ ...text, positions: int([[0, 0, 0, 0, 0, 0]]) });
      expect(worst(nowhere.slice(1), base.slice(1)) > 1e-4).toBe(readsPositions);
    });

    it('keeps documents of one row apart, and padding out', async () => {
      const packed = await hiddenOf({
        ids: int([[3, 1, 4, 1, 5, 2, 7, 6, 0]]),
        positions: int([[0, 1, 2, 3, 4, 5, 0, 1, 0]]),
        segmentIds: int([[1, 1, 1, 1, 1, 1, 2, 2, 0]]),
      });
      const alone = await hiddenOf({
        ids: int([[7, 6]]),
        positions: int([[0, 1]]),
        segmentIds: int([[1, 1]]),
      });
      expectClose(packed.slice(0, 6), await hiddenOf(text), 1e-5);
      expectClose(packed.slice(6, 8), alone, 1e-5);
    });

    it('needs no document numbers where every row is one document, with padding after it', async () => {
      const rows = {
        ids: int([[3, 1, 4, 1, 5, 2, 0, 0]]),
        positions: int([[0, 1, 2, 3, 4, 5, 0, 0]]),
      };
      const alone = await hiddenOf(rows);
      expectClose(alone.slice(0, 6), await hiddenOf(text), 1e-5);
    });

    it('gives wanted positions alone what it gives them among all', async () => {
      const all = await hiddenOf(text);
      const logitsToKeep = { data: Int32Array.from([5, 2]), shape: [2], dtype: 'int32' } as const;
      expectClose(await hiddenOf({ ...text, logitsToKeep }), [all[5]!, all[2]!], 1e-5);
    });

    it('goes on from a cache as if it had read the text at once', async () => {
      const run = eager.jit('cached', (inputs: TensorMap) => {
        const part = (name: 'ids' | 'positions' | 'segmentIds', begin: number, size: number) =>
          tf.slice(inputs[name]!, [0, begin], [1, size]);
        const call = (begin: number, size: number, past?: Batch['past']) =>
          architecture.forward(
            spec,
            inputs,
            {
              ids: part('ids', begin, size),
              positions: part('positions', begin, size),
              segmentIds: part('segmentIds', begin, size),
              keepPresent: true,
              ...(past ? { past } : {}),
            },
            {},
          );
        const first = call(0, 4);
        const layers = first.present as readonly PastLayer[];
        const second = call(4, 2, { segmentIds: part('segmentIds', 0, 4), layers });
        return { hidden: tf.concat([first.hidden, second.hidden], 1) };
      });
      const { hidden } = await run({ ...parameters, ...text });
      expectClose(rowsOf(await eager.read(hidden!), spec.width), await hiddenOf(text), 1e-5);
    });

    it('gives a gradient to every tensor, and the same numbers compiled', async () => {
      const compiled = await openDevice('cpu');
      const [expected, actual] = [await gradientsOn(eager), await gradientsOn(compiled)];
      await compiled.close();
      for (const [name, gradient] of Object.entries(expected)) {
        expect(
          gradient.some((value) => value !== 0),
          `gradient of ${name}`,
        ).toBe(true);
        expectClose([actual[name]!], [gradient], 2e-4, name);
      }
    });

    /** Gradients of `Σ sin(i) · logitᵢ` for every tensor of the model. */
    async function gradientsOn(device: Device): Promise<Record<string, readonly number[]>> {
      const names = Object.keys(spec.tensors);
      const run = device.jit('gradients', (inputs: TensorMap) => {
        const trained = Object.fromEntries(names.map((name) => [name, inputs[name]!]));
        const { gradients } = valueAndGradients((tensors) => {
          const batch = inputs as unknown as Batch;
          const { hidden } = architecture.forward(spec, tensors, batch, {});
          const logits = tf.reshape(headLogits(spec, tensors, hidden, {}), [-1]);
          return { loss: tf.sum<tf.Scalar>(tf.mul(logits, tf.sin(tf.range(0, logits.size)))) };
        }, trained);
        return gradients;
      });
      const results = await run({ ...parameters, ...text });
      return Object.fromEntries(
        await Promise.all(
          names.map(async (name) => [name, [...(await device.read(results[name]!)).data]] as const),
        ),
      );
    }
  });
}

/** The tensors that sites name, and the shape that each must have. */
function tensorsOfSites(spec: ModelSpec): [tensor: string, shape: readonly number[]][] {
  return spec.sites.flatMap((site): [string, readonly number[]][] => {
    switch (site.kind) {
      case 'embed':
        return [[site.weight, [site.vocabulary, site.width]]];
      case 'linear': {
        const shape = site.layout === 'out_in' ? [site.out, site.in] : [site.in, site.out];
        return [[site.weight, shape], ...(site.bias ? [[site.bias, [site.out]] as const] : [])] as [
          string,
          readonly number[],
        ][];
      }
      case 'norm':
        return [site.weight, ...(site.bias ? [site.bias] : [])].map((name) => [name, [site.width]]);
      default:
        return [];
    }
  });
}

function rowsOf({ data }: HostTensor, width: number): number[][] {
  return Array.from({ length: data.length / width }, (_, row) =>
    Array.from(data.subarray(row * width, (row + 1) * width)),
  );
}

function worst(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): number {
  return Math.max(
    ...expected.flatMap((row, i) => row.map((value, j) => Math.abs(actual[i]![j]! - value))),
  );
}

function expectClose(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  tolerance: number,
  name = 'hidden states',
): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.flat().map(Math.abs));
  expect(worst(actual, expected), name).toBeLessThanOrEqual(tolerance * scale);
}
