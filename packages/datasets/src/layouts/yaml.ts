import { TunesmithError } from '@tunesmith/schema';
import type { Node } from 'yaml';
import type { BadRow, RowNote, SourceRow } from '../read/rows.ts';
import { createPieces, textLines, tooLong, type JoinedText } from '../read/text-lines.ts';
import type { FileLayout, WrittenRow } from './file-layout.ts';
import { largeInteger } from './parts/plain-value.ts';
import { writeTexts } from './parts/write-texts.ts';

/** The definition of an anchor, which later items may refer to. */
const anchor = /(^|\s)&[\w-]+(\s|$)/;
/** Characters from which on the items of a list are read, and further ones after them. */
const cutLength = 2 ** 16;

/**
 * YAML 1.2: a list of rows, or a document a row. A list is read some items at a time, unless it has anchors; a document that is no
 * list, or has them, may have up to 64 Mi characters.
 *
 * @see https://yaml.org/spec/1.2.2/
 */
export const yaml: FileLayout = {
  name: 'yaml',
  description: 'YAML: a list of rows, or a document each.',
  endings: ['yaml', 'yml'],
  async *rows(file) {
    const { isSeq, LineCounter, parseDocument, visit } = await import('yaml');
    let index = 0;
    const place = (line: number) => ({ file: file.name, line, index: index++ });
    const rowsOf = function* (joined: JoinedText, first: number): Generator<SourceRow | BadRow> {
      const { text } = joined;
      const long = tooLong(joined, { file: file.name, line: first });
      if (long) {
        yield { ...place(first), error: long, text };
        return;
      }
      const lineCounter = new LineCounter();
      const document = parseDocument(text, { lineCounter, logLevel: 'silent' });
      const lineOf = (offset: number) => first + lineCounter.linePos(offset).line - 1;
      const [problem] = document.errors;
      if (problem) {
        const at = place(lineOf(problem.pos[0]));
        const reason = `it is not YAML: ${problem.message.split('\n')[0]!.replace(/ at line.*$/, '')}`;
        yield { ...at, error: malformed(at, reason) };
        return;
      }
      const { contents } = document;
      if (contents === null) return;
      for (const node of isSeq(contents) ? contents.items : [contents]) {
        const at = place(lineOf((node as { range?: number[] }).range?.[0] ?? 0));
        let value: unknown;
        const notes: RowNote[] = [];
        visit(node as Node, {
          Scalar(_, scalar) {
            const { source = '', value: number } = scalar;
            if (typeof number !== 'number' || !/^[-+]?\d{16,}$/.test(source)) return;
            if (Number.isSafeInteger(number)) return;
            scalar.value = String(BigInt(source));
            notes.push(largeInteger);
          },
        });
        try {
          value = (node as { toJS(document: unknown): unknown }).toJS(document);
        } catch (cause) {
          yield { ...at, error: malformed(at, (cause as Error).message) };
          continue;
        }
        const isRow = typeof value === 'object' && value !== null && !Array.isArray(value);
        yield isRow
          ? {
              value: value as Record<string, unknown>,
              ...at,
              ...(notes.length > 0 ? { notes: notes.slice(0, 1) } : {}),
            }
          : { ...at, error: malformed(at, 'the row is no mapping of keys to values') };
      }
    };
    let first = 1;
    const document = createPieces();
    let [held, isList, hasAnchors] = [0, false, false];
    for await (const { text, line, break: lineBreak } of textLines(file)) {
      const begins = /^---(\s|$)/.test(text);
      const isItem = /^-\s/.test(text);
      if (held === 0 || begins) isList = isItem;
      hasAnchors ||= anchor.test(text);
      const isCut = isList && isItem && !hasAnchors && held > cutLength;
      if (begins || isCut || /^\.\.\.(\s|$)/.test(text)) {
        yield* rowsOf(document.take(), first);
        first = begins || isCut ? line : line + 1;
        held = 0;
        isList = isItem;
        hasAnchors = false;
      }
      held += begins ? 0 : text.length;
      if (!text.startsWith('...')) document.add(text + lineBreak);
    }
    yield* rowsOf(document.take(), first);
  },
  async write(rows, write) {
    const { stringify } = await import('yaml');
    const texts = async function* (): AsyncGenerator<string> {
      let begun = false;
      for await (const row of rows as AsyncIterable<WrittenRow>) {
        begun = true;
        yield stringify([row], { aliasDuplicateObjects: false });
      }
      if (!begun) yield '[]\n';
    };
    await writeTexts(texts(), write);
  },
};

function malformed({ file, line }: { file: string; line: number }, reason: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'malformed-row',
    message: `${file}:${line}: ${reason}`,
    accepted: 'a list of mappings, or documents that are one each',
  });
}
