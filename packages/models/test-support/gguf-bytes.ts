/** What a GGUF file of a test holds; what is left out is as it must be. */
export interface GgufParts {
  readonly version?: number;
  /** Values after `general.architecture`: key, type, value, and how long a text claims to be. */
  readonly values?: readonly (readonly [string, number, unknown, bigint?])[];
  readonly architecture?: string;
  readonly tensors?: readonly {
    readonly name: string;
    readonly sizes: readonly number[];
    readonly type: number;
    readonly offset: number;
  }[];
  /** Bytes of data, or how many zeros. */
  readonly data?: number | Uint8Array;
  /** Counts in the place of the right ones. */
  readonly claims?: { readonly tensors?: bigint; readonly values?: bigint };
}

/** An array of metadata, and how many elements it claims. */
interface ArrayValue {
  readonly type: number;
  readonly values: readonly unknown[];
  readonly claim?: bigint;
}

/** The bytes of a GGUF file, right or wrong. */
export function ggufBytes(parts: GgufParts): Uint8Array {
  const {
    version = 3,
    values = [],
    architecture = 'llama',
    tensors = [],
    data = 0,
    claims = {},
  } = parts;
  const bytes: number[] = [];
  const put = (length: number, set: (view: DataView) => void): void => {
    const view = new DataView(new ArrayBuffer(length));
    set(view);
    bytes.push(...new Uint8Array(view.buffer));
  };
  const u32 = (value: number): void => put(4, (view) => view.setUint32(0, value, true));
  const u64 = (value: bigint): void => put(8, (view) => view.setBigUint64(0, value, true));
  const text = (value: string, claim?: bigint): void => {
    const encoded = new TextEncoder().encode(value);
    u64(claim ?? BigInt(encoded.length));
    bytes.push(...encoded);
  };
  const scalar = (type: number, value: unknown, claim?: bigint): void => {
    if (type === 8) return text(value as string, claim);
    if (type === 10) return u64(value as bigint);
    if (type === 7) return void bytes.push(value ? 1 : 0);
    if (type === 6) return put(4, (view) => view.setFloat32(0, value as number, true));
    if (type === 5) return put(4, (view) => view.setInt32(0, value as number, true));
    if (type !== 9) return u32(value as number);
    const { type: inner, values: elements, claim: count } = value as ArrayValue;
    u32(inner);
    u64(count ?? BigInt(elements.length));
    for (const element of elements) scalar(inner, element);
  };
  u32(0x46554747);
  u32(version);
  u64(claims.tensors ?? BigInt(tensors.length));
  u64(claims.values ?? BigInt(values.length + 1));
  const all = [['general.architecture', 8, architecture] as const, ...values];
  for (const [key, type, value, claim] of all) {
    text(key);
    u32(type);
    scalar(type, value, claim);
  }
  for (const { name, sizes, type, offset } of tensors) {
    text(name);
    u32(sizes.length);
    for (const size of sizes) u64(BigInt(size));
    u32(type);
    u64(BigInt(offset));
  }
  if (tensors.length > 0) while (bytes.length % 32 !== 0) bytes.push(0);
  const rest = typeof data === 'number' ? new Uint8Array(data) : data;
  return Uint8Array.of(...bytes, ...rest);
}
