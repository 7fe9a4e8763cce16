/**
 * Whether nothing of a cluster was trained on: what a measure of it shows is transfer.
 *
 * @param trained the clusters that were trained on; none where nothing is known of clusters
 */
export function isUnseen(cluster: string | undefined, trained: readonly string[]): boolean {
  return cluster !== undefined && trained.length > 0 && !trained.includes(cluster);
}
