/** What the provenance of a record says of its novelty. */
export function similarityOf({ similarity, closest }: { similarity: number; closest?: string }) {
  return {
    similarity: Math.round(similarity * 1e4) / 1e4,
    ...(closest === undefined ? {} : { most_similar: closest }),
  };
}
