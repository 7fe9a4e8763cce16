import type { PreviewSegment } from '../data/preview.ts';
import type { TokenSequence } from '../data/rows.ts';

/**
 * The documents of a row in pieces that all are, or all are not, learned; virtual tokens have no text.
 *
 * @param isLearned tells it of position i of the row
 */
export function previewTokens(
  row: TokenSequence,
  isLearned: (i: number) => boolean,
  decode: (ids: number[]) => string,
): PreviewSegment[][] {
  const documents: { ids: number[]; supervised: boolean }[][] = [];
  for (const [i, document] of row.segmentIds.entries()) {
    if (document === 0 || (row.virtualTokenIds?.[i] ?? -1) >= 0) continue;
    const pieces = (documents[document - 1] ??= []);
    const supervised = isLearned(i);
    const open = pieces.at(-1);
    if (open?.supervised === supervised) open.ids.push(row.ids[i]!);
    else pieces.push({ ids: [row.ids[i]!], supervised });
  }
  return documents.map((pieces) =>
    pieces.map(({ ids, supervised }) => ({ text: decode(ids), supervised })),
  );
}
