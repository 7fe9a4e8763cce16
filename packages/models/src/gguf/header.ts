import type { Files, FileState } from '@tunesmith/schema';
import { refuseLfsPointer } from '../checkpoint/lfs-pointer.ts';
import { elementCount } from '../safetensors/format.ts';
import { blockType, type BlockType } from './blocks/block-types.ts';
import { damagedGguf, unsupportedGguf } from './errors.ts';
import { createHeaderReader, type HeaderReader } from './header-reader.ts';
import { readValue, type GgufValue } from './metadata-values.ts';

/** Where a tensor lies and how it is stored. */
export interface GgufTensor {
  readonly name: string;
  readonly type: BlockType;
  /** Rows first, as in other formats; the file has the sizes the other way round. */
  readonly shape: readonly number[];
  /** Its first byte, counted from the beginning of the file. */
  readonly begin: number;
  readonly bytes: number;
}

/** What stands before the data. */
export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** `GGUF`, little-endian. */
const magic = 0x46554747;

async function readVersion(path: string, reader: HeaderReader): Promise<number> {
  if (reader.rest < 4)
    throw damagedGguf(path, `the file has ${reader.rest} bytes, and no GGUF file is so short`);
  const found = await reader.u32('the magic number');
  if (found !== magic)
    throw damagedGguf(
      path,
      `the file begins with 0x${found.toString(16).padStart(8, '0')}, and no GGUF file does`,
    );
  const version = await reader.u32('the version');
  if (version === 2 || version === 3) return version;
  const isSwapped = version !== 0 && (version & 0xffff) === 0;
  throw unsupportedGguf(
    path,
    isSwapped ? 'the file is big-endian' : `the file is of version ${version}`,
    version,
    isSwapped ? 'little-endian files' : 'versions 2 and 3',
  );
}

async function readMetadata(
  path: string,
  reader: HeaderReader,
  count: number,
): Promise<Map<string, GgufValue>> {
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = await reader.text(`the key of value ${i} of the metadata`);
    if (metadata.has(key)) throw damagedGguf(path, `the metadata has "${key}" twice`, key);
    const type = await reader.u32(`the type of "${key}"`);
    metadata.set(key, await readValue(path, reader, type, `"${key}"`));
  }
  return metadata;
}

/** A tensor as the header describes it; its place is counted from the beginning of the data. */
async function readTensor(path: string, reader: HeaderReader, index: number): Promise<GgufTensor> {
  const name = await reader.text(`the name of tensor ${index}`);
  const what = `tensor "${name}"`;
  const dimensions = await reader.u32(what);
  if (dimensions > 4) throw damagedGguf(path, `${what} has ${dimensions} dimensions`, dimensions);
  const sizes: number[] = [];
  for (let i = 0; i < dimensions; i++) sizes.push(await reader.count(`a size of ${what}`));
  if (sizes.includes(0)) throw damagedGguf(path, `${what} has a size of 0`, 0);
  const id = await reader.u32(`the type of ${what}`);
  const begin = await reader.count(`the place of ${what}`);
  const type = blockType(id);
  if (!type)
    throw unsupportedGguf(path, `${what} has the block type ${id}, which is not known`, id, [
      'F32',
      'F16',
      'BF16',
      'Q8_0',
      'Q4_0 and the like',
    ]);
  const count = elementCount(sizes);
  if (!Number.isSafeInteger(count))
    throw damagedGguf(path, `${what} has the sizes ${sizes.join(', ')}`, count);
  const row = sizes[0] ?? 1;
  if (row % type.values !== 0)
    throw damagedGguf(
      path,
      `${what} has rows of ${row} values, and ${type.name} stores ${type.values} at a time`,
      row,
    );
  const bytes = (count / type.values) * type.bytes;
  return { name, type, shape: sizes.toReversed(), begin, bytes };
}

function alignmentOf(path: string, metadata: ReadonlyMap<string, GgufValue>): number {
  const stated = metadata.get('general.alignment') ?? 32;
  const isPower =
    typeof stated === 'number' && stated >= 1 && stated <= 2 ** 20 && Math.log2(stated) % 1 === 0;
  if (isPower) return stated;
  throw damagedGguf(path, `"general.alignment" is ${String(stated)}, and no power of two`, stated);
}

/** Tensors may leave gaps between them; they lie within the file, one beside the other. */
function checkPlaces(path: string, tensors: readonly GgufTensor[], size: number): void {
  let previous: GgufTensor | undefined;
  for (const tensor of tensors.toSorted((one, other) => one.begin - other.begin)) {
    const { name, begin, bytes } = tensor;
    if (begin + bytes > size)
      throw damagedGguf(
        path,
        `the file is cut off: tensor "${name}" ends at byte ${begin + bytes}, and the file has ${size}`,
        name,
      );
    if (previous && begin < previous.begin + previous.bytes)
      throw damagedGguf(path, `tensor "${name}" overlaps tensor "${previous.name}"`, name);
    if (bytes > 0) previous = tensor;
  }
}

/**
 * Reads and checks what stands before the data of a GGUF file: versions 2 and 3, little-endian.
 *
 * @throws `damaged-gguf` naming the file, the tensor or the key and what is wrong; `unsupported-gguf` for another version,
 * byte order or block type; `lfs-pointer`
 */
export async function readGgufHeader(
  files: Files,
  name: string,
  state: FileState,
): Promise<GgufHeader> {
  const path = files.locate(name);
  const reader = createHeaderReader(files, name, state);
  const version = await readVersion(path, reader).catch(async (error: unknown) => {
    await refuseLfsPointer(files, name, state);
    throw error;
  });
  const tensorCount = await reader.count('the count of tensors');
  const valueCount = await reader.count('the count of values');
  const metadata = await readMetadata(path, reader, valueCount);
  const described: GgufTensor[] = [];
  const names = new Set<string>();
  for (let i = 0; i < tensorCount; i++) {
    const tensor = await readTensor(path, reader, i);
    if (names.has(tensor.name))
      throw damagedGguf(path, `tensor "${tensor.name}" appears twice`, tensor.name);
    names.add(tensor.name);
    described.push(tensor);
  }
  const alignment = alignmentOf(path, metadata);
  const data = Math.ceil(reader.position / alignment) * alignment;
  const tensors = described.map((tensor) => {
    if (tensor.begin % alignment !== 0)
      throw damagedGguf(
        path,
        `tensor "${tensor.name}" begins at byte ${tensor.begin} of the data, no multiple of ${alignment}`,
        tensor.begin,
      );
    return { ...tensor, begin: data + tensor.begin };
  });
  checkPlaces(path, tensors, state.size);
  return { version, metadata, tensors: new Map(tensors.map((one) => [one.name, one])) };
}
