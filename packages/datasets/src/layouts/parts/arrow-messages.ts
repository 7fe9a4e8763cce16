import { unreadable, type DataFile } from '../../read/data-file.ts';

/** One message of Arrow's: a schema, a batch of rows, or of the values of a dictionary. */
export interface ArrowMessage {
  readonly kind: 'schema' | 'dictionary' | 'rows' | 'other';
  /** All of it, with its length before it. */
  readonly bytes: Uint8Array;
}

const kinds: readonly ArrowMessage['kind'][] = ['other', 'schema', 'dictionary', 'rows'];
/** Begins a file of Arrow's, which is a stream of messages with an index behind it. */
export const arrowFileStart = [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31, 0, 0];
/** Stands before the length of a message. */
export const arrowStreamStart = [0xff, 0xff, 0xff, 0xff];
/** Ends a stream. */
export const arrowEnd = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
/** The largest message, in bytes: a batch of rows is held at a time. */
const largestMessage = 2 ** 30;

/**
 * The messages of a file of Arrow's, one after the other, whether it is a stream or has an index.
 *
 * @throws TunesmithError `unreadable-file` where it is none, or cut off
 * @see https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
 */
export async function* arrowMessages(file: DataFile): AsyncGenerator<ArrowMessage> {
  const { take, close } = byteReader(file.bytes());
  const whole = async (count: number, what: string): Promise<Uint8Array> => {
    if (count < 0 || count > largestMessage)
      throw unreadable(file.name, `${what} says that it has ${count} bytes`);
    const bytes = await take(count);
    if (bytes.length < count) throw unreadable(file.name, `it ends inside ${what}`);
    return bytes;
  };
  try {
    let head = await take(8);
    const isFile = arrowFileStart.every((byte, at) => head[at] === byte);
    if (isFile) head = await take(8);
    for (let count = 0; head.length > 0; count++) {
      const what = `message ${count + 1}`;
      if (head.length < 8) throw unreadable(file.name, `it ends inside ${what}`);
      const view = new DataView(head.buffer, head.byteOffset, 8);
      // Files from before 2019 have the length alone.
      const isOld = view.getUint32(0, true) !== 0xffffffff;
      const length = view.getInt32(isOld ? 0 : 4, true);
      if (length === 0) return;
      const rest = await whole(length - (isOld ? 4 : 0), what);
      const metadata = isOld ? joined([head.subarray(4), rest]) : rest;
      const { kind, bodyLength } = described(metadata, file.name, what);
      const body = await whole(bodyLength, what);
      yield { kind, bytes: joined([head, rest, body]) };
      head = await take(8);
    }
    if (isFile) throw unreadable(file.name, 'it ends before its index');
  } finally {
    await close();
  }
}

/** What a message is, and how long what follows its description is: two fields of a FlatBuffer. */
function described(
  metadata: Uint8Array,
  name: string,
  what: string,
): { kind: ArrowMessage['kind']; bodyLength: number } {
  try {
    const view = new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
    const table = view.getInt32(0, true);
    const fields = table - view.getInt32(table, true);
    const field = (slot: number): number | undefined => {
      if (slot >= view.getInt16(fields, true)) return undefined;
      const offset = view.getInt16(fields + slot, true);
      return offset === 0 ? undefined : table + offset;
    };
    const [kindAt, lengthAt] = [field(6), field(10)];
    return {
      kind: kinds[kindAt === undefined ? 0 : view.getUint8(kindAt)] ?? 'other',
      bodyLength: lengthAt === undefined ? 0 : Number(view.getBigInt64(lengthAt, true)),
    };
  } catch (cause) {
    throw unreadable(name, `${what} is none of Arrow's: ${(cause as Error).message}`);
  }
}

/** Takes bytes from a stream, as many as are asked for. */
function byteReader(stream: AsyncIterable<Uint8Array>) {
  const source = stream[Symbol.asyncIterator]();
  let held: Uint8Array[] = [];
  let length = 0;
  return {
    /** Fewer bytes only where the stream ends. */
    async take(count: number): Promise<Uint8Array> {
      while (length < count) {
        const { done, value } = await source.next();
        if (done) break;
        held.push(value);
        length += value.length;
      }
      const all = joined(held);
      const taken = all.slice(0, count);
      held = [all.subarray(taken.length)];
      length = held[0]!.length;
      return taken;
    },
    close: async () => void (await source.return?.()),
  };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    whole.set(piece, end);
    end += piece.length;
  }
  return whole;
}

/** Where the first message of some ends. */
export function firstMessageEnd(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return 8 + view.getInt32(4, true);
}
