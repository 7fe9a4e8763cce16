import { peftPrefix } from '@tunesmith/peft';
import type { AdapterFiles } from '@tunesmith/peft';

/** The last parts of A's keys, of linear maps and of embeddings. */
const suffixes = ['.lora_A.weight', '.lora_embedding_A'];

/**
 * Options with a rank, read off the matrices A `[r, in]` where the configuration has none: the commonest rank becomes `r`,
 * and every other one an entry of `rank_pattern`. Options that state `r` are returned as they are.
 */
export function withInferredRank(
  options: Readonly<Record<string, unknown>>,
  files: Pick<AdapterFiles, 'tensors'>,
): Record<string, unknown> {
  if (options['r'] !== undefined && options['r'] !== null) return { ...options };
  const ranks = new Map<string, number>();
  for (const [key, tensor] of Object.entries(files.tensors)) {
    const suffix = suffixes.find((ending) => key.endsWith(ending));
    if (suffix === undefined) continue;
    const site = key.slice(key.startsWith(peftPrefix) ? peftPrefix.length : 0, -suffix.length);
    ranks.set(site, tensor.shape[0] ?? 0);
  }
  const counts = new Map<number, number>();
  for (const rank of ranks.values()) counts.set(rank, (counts.get(rank) ?? 0) + 1);
  const [commonest] = [...counts].sort(([, one], [, other]) => other - one);
  const r = commonest?.[0] ?? 8;
  const others = [...ranks].filter(([, rank]) => rank !== r);
  const stated = options['rank_pattern'];
  return {
    ...options,
    r,
    rank_pattern: {
      ...(typeof stated === 'object' && stated !== null ? stated : {}),
      ...Object.fromEntries(others.map(([site, rank]) => [site.replaceAll('.', '\\.'), rank])),
    },
  };
}
