/** How a signature is cut: so many bands of so many values each. */
export interface Banding {
  readonly bands: number;
  readonly rows: number;
}

/** Width of the slices that the areas are summed over. */
const slice = 0.001;

/**
 * The banding whose curve 1 − (1 − s^rows)^bands, the chance that two texts of similarity s share a band, is nearest to a step at
 * the threshold: it minimizes
 *
 *   (1 − missWeight) · ∫₀ᵗ 1 − (1 − s^r)^b ds  +  missWeight · ∫ₜ¹ (1 − s^r)^b ds
 *
 * over all bands × rows ≤ permutations. Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.
 *
 * @param missWeight of [0, 1]: how much worse a missed pair is than a needless comparison
 */
export function chooseBanding(threshold: number, permutations: number, missWeight = 0.5): Banding {
  let best: Banding = { bands: 1, rows: 1 };
  let least = Number.POSITIVE_INFINITY;
  const similarities = [...middles(0, threshold), ...middles(threshold, 1)];
  const below = middles(0, threshold).length;
  const agree = similarities.map(() => 1);
  for (let rows = 1; rows <= permutations; rows++) {
    // That a whole band agrees, s^rows, and that no band does: powers of the earlier ones, not each anew.
    similarities.forEach((s, index) => (agree[index]! *= s));
    const apart = similarities.map(() => 1);
    for (let bands = 1; rows * bands <= permutations; bands++) {
      let error = 0;
      for (let index = 0; index < apart.length; index++) {
        apart[index]! *= 1 - agree[index]!;
        error +=
          index < below ? (1 - missWeight) * (1 - apart[index]!) : missWeight * apart[index]!;
      }
      if (error >= least) continue;
      least = error;
      best = { bands, rows };
    }
  }
  return best;
}

function middles(from: number, to: number): number[] {
  const found: number[] = [];
  for (let left = from; left < to; left += slice) found.push(left + slice / 2);
  return found;
}
