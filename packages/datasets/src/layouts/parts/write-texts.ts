import type { WriteBytes } from '@tunesmith/schema';

const encoder = new TextEncoder();
const batchLength = 1 << 16;

/** Writes texts one after the other, joined into larger ones, so that the disk is asked less often. */
export async function writeTexts(texts: AsyncIterable<string>, write: WriteBytes): Promise<void> {
  let batch = '';
  for await (const text of texts) {
    batch += text;
    if (batch.length < batchLength) continue;
    await write(encoder.encode(batch));
    batch = '';
  }
  if (batch !== '') await write(encoder.encode(batch));
}
