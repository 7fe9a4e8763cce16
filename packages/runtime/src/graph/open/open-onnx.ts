import { loadOrt } from '../loader.ts';

/** Numbers that an ONNX model takes or gives; bytes are truth values. */
export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array | Uint8Array;
}

/** An input of an ONNX model; axes with a name may have any length. */
export interface OnnxInput {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** An ONNX model that ONNX Runtime has loaded, on the processor. */
export interface OpenedOnnx {
  readonly inputs: readonly OnnxInput[];
  /** Computes all outputs; what is fed beyond its inputs is passed over. */
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Record<string, OnnxTensor>>;
  close(): Promise<void>;
}

/**
 * Loads an ONNX model from its file, with what lies beside it.
 *
 * @throws TunesmithError `device-unavailable` without ONNX Runtime; its own errors for a file that is no model
 */
export async function openOnnx(path: string): Promise<OpenedOnnx> {
  const ort = await loadOrt();
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 3 });
  const inputs = session.inputMetadata.map((input) => ({
    name: input.name,
    shape: input.isTensor ? input.shape : [],
  }));
  return {
    inputs,
    async run(feeds) {
      const given = inputs.flatMap(({ name }) => {
        const tensor = feeds[name];
        if (!tensor) return [];
        const { data, shape } = tensor;
        if (data instanceof Float32Array) return [[name, new ort.Tensor('float32', data, shape)]];
        const type = data instanceof Uint8Array ? 'bool' : 'int64';
        return [[name, new ort.Tensor(type, data, shape)]];
      });
      const results = await session.run(Object.fromEntries(given));
      return Object.fromEntries(
        Object.entries(results).map(([name, { dims, data }]) => [
          name,
          { shape: dims, data: data as Float32Array },
        ]),
      );
    },
    close: () => session.release(),
  };
}
