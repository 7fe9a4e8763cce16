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
 * Decodes rows as an objective shows them, so that one can see what the model is taught before it is taught.
 *
 * @param decode ids to text; without it, the ids themselves are shown
 */
export function previewRows<R>(
  rows: readonly R[],
  objective: {
    preview(row: R, decode: (ids: number[]) => string): readonly (readonly PreviewSegment[])[];
  },
  decode = (ids: number[]): string => ids.join(' '),
): PreviewDocument[] {
  return rows.flatMap((row, number) =>
    objective.preview(row, decode).map((segments) => ({ row: number, segments })),
  );
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
