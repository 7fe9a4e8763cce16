import type { Files } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';

/** An adapter of `Files`, to be tested. */
export interface FilesCases {
  /** Files of a new folder that holds these files, by path. */
  open(content: Readonly<Record<string, Uint8Array>>): Promise<Files>;
  /** Replaces a file behind the adapter's back, where somebody else could. */
  replace?(files: Files, path: string, bytes: Uint8Array): Promise<void>;
  /** Whether files can be written; where not, `write` and `remove` refuse with `read-only`. */
  readonly writable: boolean;
  /** Whether files can be listed; where not, `list` refuses with `no-listing`. */
  readonly listable: boolean;
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) % 256);

async function whole(files: Files, path: string): Promise<Uint8Array> {
  const pieces: number[] = [];
  for await (const piece of files.stream(path)) pieces.push(...piece);
  return Uint8Array.from(pieces);
}

/**
 * The conformance suite of `Files`: what everything that loads or saves relies on, wherever files lie.
 *
 * @param name of the adapter, for the test's title
 */
export function testFiles(name: string, cases: FilesCases): void {
  describe(`files: ${name}`, () => {
    const long = bytesOf(20_000);
    const content = { 'a.txt': text('eins'), empty: text(''), 'in/ner/long.bin': long };
    const open = (): Promise<Files> => cases.open(content);

    it('knows the size of a file, and that there is none', async () => {
      const files = await open();
      expect(await files.stat('a.txt')).toMatchObject({ size: 4 });
      expect(await files.stat('empty')).toMatchObject({ size: 0 });
      expect(await files.stat('in/ner/long.bin')).toMatchObject({ size: 20_000 });
      expect(await files.stat('b.txt')).toBeUndefined();
      expect(await files.stat('a.txt/b')).toBeUndefined();
    });

    it('gives a file that stays as it is one state', async () => {
      const files = await open();
      expect(await files.stat('a.txt')).toEqual(await files.stat('a.txt'));
    });

    it('reads any range, up to the end of the file', async () => {
      const files = await open();
      const ranges: [number, number][] = [
        [0, 1],
        [12_345, 7_000],
        [19_999, 1],
        [0, 20_000],
      ];
      for (const [position, length] of ranges) {
        const target = new Uint8Array(length);
        expect(await files.read('in/ner/long.bin', target, position)).toBe(length);
        expect(target).toEqual(long.subarray(position, position + length));
      }
      const beyond = new Uint8Array(10);
      expect(await files.read('in/ner/long.bin', beyond, 19_996)).toBe(4);
      expect(beyond).toEqual(Uint8Array.from([...long.subarray(19_996), 0, 0, 0, 0, 0, 0]));
      expect(await files.read('in/ner/long.bin', beyond, 20_000)).toBe(0);
      expect(await files.read('empty', beyond)).toBe(0);
    });

    it('fills a view without touching what lies around it', async () => {
      const files = await open();
      const around = new Uint8Array(8).fill(7);
      expect(await files.read('a.txt', around.subarray(2, 6))).toBe(4);
      expect(around).toEqual(Uint8Array.from([7, 7, ...text('eins'), 7, 7]));
    });

    it('streams a file from first to last', async () => {
      const files = await open();
      expect(await whole(files, 'in/ner/long.bin')).toEqual(long);
      expect(await whole(files, 'empty')).toEqual(text(''));
    });

    it('refuses to read what is not there, naming the place', async () => {
      const files = await open();
      const refused = { code: 'file-not-read', message: expect.stringContaining('b.txt') };
      await expect(files.read('b.txt', new Uint8Array(1))).rejects.toMatchObject(refused);
      await expect(whole(files, 'b.txt')).rejects.toMatchObject(refused);
      expect(files.locate('in/b.txt')).toMatch(/in.b\.txt$/);
    });

    it.each(['', '../a.txt', 'in/../a.txt', './a.txt', '/a.txt', 'in//ner'])(
      'refuses the path "%s"',
      async (path) => {
        const files = await open();
        const refused = { code: 'invalid-path', value: path };
        await expect(files.stat(path)).rejects.toMatchObject(refused);
        await expect(files.read(path, new Uint8Array(1))).rejects.toMatchObject(refused);
        await expect(whole(files, path)).rejects.toMatchObject(refused);
        await expect(files.write(path, 'x')).rejects.toMatchObject(refused);
        await expect(files.remove(path)).rejects.toMatchObject(refused);
      },
    );

    it('does not read a file that is no longer in the state it was in', async (context) => {
      if (!cases.replace) return context.skip('nobody else has these files');
      const files = await open();
      const state = await files.stat('a.txt');
      await cases.replace(files, 'a.txt', text('zwei!'));
      await expect(files.read('a.txt', new Uint8Array(4), 0, state)).rejects.toMatchObject({
        code: 'file-changed',
      });
      const target = new Uint8Array(5);
      await files.read('a.txt', target, 0, await files.stat('a.txt'));
      expect(target).toEqual(text('zwei!'));
    });

    if (cases.listable) {
      it('lists the files of a folder, without its folders', async () => {
        const files = await open();
        expect(await files.list()).toEqual(['a.txt', 'empty']);
        expect(await files.list('in')).toEqual([]);
        expect(await files.list('in/ner')).toEqual(['long.bin']);
        expect(await files.list('none')).toEqual([]);
      });
    } else {
      it('refuses to list', async () => {
        await expect((await open()).list()).rejects.toMatchObject({ code: 'no-listing' });
      });
    }

    if (cases.writable) testWriting(open);
    else {
      it('refuses to write and to remove', async () => {
        const files = await open();
        const refused = { code: 'read-only', message: expect.stringContaining('a.txt') };
        await expect(files.write('a.txt', 'x')).rejects.toMatchObject(refused);
        await expect(files.remove('a.txt')).rejects.toMatchObject(refused);
        expect(await whole(files, 'a.txt')).toEqual(text('eins'));
      });
    }
  });
}

function testWriting(open: () => Promise<Files>): void {
  it('writes bytes, text and pieces, in folders that it makes', async () => {
    const files = await open();
    await files.write('new/deep/bytes', Uint8Array.of(1, 2, 3));
    await files.write('new/text', 'größe');
    const buffer = new Uint8Array(2);
    await files.write('new/pieces', async (write) => {
      for (const value of [1, 2, 3]) await write(buffer.fill(value));
    });
    expect(await whole(files, 'new/deep/bytes')).toEqual(Uint8Array.of(1, 2, 3));
    expect(await whole(files, 'new/text')).toEqual(text('größe'));
    expect(await whole(files, 'new/pieces')).toEqual(Uint8Array.of(1, 1, 2, 2, 3, 3));
  });

  it('shows the old file until the new one is complete', async () => {
    const files = await open();
    await files.write('a.txt', async (write) => {
      await write(text('zw'));
      expect(await whole(files, 'a.txt')).toEqual(text('eins'));
      await write(text('ei'));
    });
    expect(await whole(files, 'a.txt')).toEqual(text('zwei'));
  });

  it('keeps the old file, and nothing else, where writing fails', async () => {
    const files = await open();
    const failed = files.write('a.txt', async (write) => {
      await write(text('zw'));
      throw new Error('out of words');
    });
    await expect(failed).rejects.toThrow('out of words');
    expect(await whole(files, 'a.txt')).toEqual(text('eins'));
    expect(await files.list()).toEqual(['a.txt', 'empty']);
  });

  it('knows that a file that was written is another one', async () => {
    const files = await open();
    const state = await files.stat('a.txt');
    await files.write('a.txt', 'zwei');
    expect(await files.stat('a.txt')).not.toEqual(state);
    await expect(files.read('a.txt', new Uint8Array(4), 0, state)).rejects.toMatchObject({
      code: 'file-changed',
    });
  });

  it('removes a file, and nothing where there is none', async () => {
    const files = await open();
    await files.remove('a.txt');
    await files.remove('a.txt');
    expect(await files.stat('a.txt')).toBeUndefined();
    expect(await files.list()).toEqual(['empty']);
  });
}
