import { UNSUPERVISED } from './rows.ts';
import type { Row } from './rows.ts';

/** A run of tokens that all are, or all are not, supervised. */
export interface PreviewSegment {
  readonly text: string;
  readonly supervised: boolean;
}

/** A document of a row, decoded. */
export interface PreviewDocument {
  readonly row: number;
  readonly segments: readonly PreviewSegment[];
}

/**
 * Decodes rows with their mask, so that one can see what the model is taught before it is taught. A token counts as
 * supervised if the loss asks for it, wherever it stands.
 *
 * @param decode ids to text; without it, the ids themselves are shown
 */
export function previewRows(
  rows: readonly Row[],
  decode = (ids: number[]): string => ids.join(' '),
): PreviewDocument[] {
  return rows.flatMap((row, number) => {
    const last = Math.max(...row.segmentIds);
    return Array.from({ length: last }, (_, index) => ({
      row: number,
      segments: segmentsOf(row, index + 1, decode),
    }));
  });
}

/** The preview as text: one line a document, supervised tokens between ⟦ and ⟧. */
export function formatPreview(documents: readonly PreviewDocument[]): string {
  const shown = (text: string): string => text.replaceAll('\n', '⏎');
  return documents
    .map(({ row, segments }) => {
      const text = segments
        .map((part) => (part.supervised ? `⟦${shown(part.text)}⟧` : shown(part.text)))
        .join('');
      return `row ${row + 1}: ${text}`;
    })
    .join('\n');
}

function segmentsOf(
  row: Row,
  document: number,
  decode: (ids: number[]) => string,
): PreviewSegment[] {
  const segments: { ids: number[]; supervised: boolean }[] = [];
  for (let i = 0; i < row.ids.length; i++) {
    if (row.segmentIds[i] !== document || (row.virtualTokenIds?.[i] ?? -1) >= 0) continue;
    const supervised =
      i > 0 && row.segmentIds[i - 1] === document && row.targets[i - 1] !== UNSUPERVISED;
    const open = segments.at(-1);
    if (open?.supervised === supervised) open.ids.push(row.ids[i]!);
    else segments.push({ ids: [row.ids[i]!], supervised });
  }
  return segments.map(({ ids, supervised }) => ({ text: decode(ids), supervised }));
}
