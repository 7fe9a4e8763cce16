/** Local names of a site's two vectors: d `[r]` between the projections, b `[out]` after them. */
export function veraNames(site: string): { d: string; b: string } {
  return { d: `${site}.vera_lambda_d`, b: `${site}.vera_lambda_b` };
}
