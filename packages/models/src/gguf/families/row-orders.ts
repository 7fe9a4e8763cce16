/**
 * llama.cpp rotates neighboring dimensions together where Hugging Face's classes rotate i with i + d/2, and so its files
 * have the rows of query and key maps in another order.
 *
 * @param heads how many heads the rows are of
 * @param rows how many there are
 * @returns for each of the model's rows the file's: row p · d/2 + j of a head is row 2j + p there
 */
export function rotatedRows(heads: number, rows: number): Uint32Array {
  const size = rows / heads;
  return Uint32Array.from({ length: rows }, (_, row) => {
    const inside = row % size;
    const part = inside < size / 2 ? 0 : 1;
    return row - inside + 2 * (inside - (part * size) / 2) + part;
  });
}

/**
 * Maps onto queries, keys and values that lie group by group in the model (the queries of a head of keys, its keys, its
 * values) and part by part in the file (all queries, all keys, all values).
 *
 * @returns for each of the model's rows the file's
 */
export function groupedRows(heads: number, kvHeads: number, headDim: number): Uint32Array {
  const perGroup = heads / kvHeads;
  const groupRows = (perGroup + 2) * headDim;
  const queries = heads * headDim;
  const keys = kvHeads * headDim;
  return Uint32Array.from({ length: queries + 2 * keys }, (_, row) => {
    const group = Math.floor(row / groupRows);
    const inside = row % groupRows;
    const own = perGroup * headDim;
    if (inside < own) return group * own + inside;
    if (inside < own + headDim) return queries + group * headDim + (inside - own);
    return queries + keys + group * headDim + (inside - own - headDim);
  });
}
