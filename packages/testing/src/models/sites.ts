import type { ModelSpec } from '@tunesmith/models';

/** The tensors that sites name, and the shape that each must have. */
export function tensorsOfSites(spec: ModelSpec): [tensor: string, shape: readonly number[]][] {
  return spec.sites
    .flatMap((site): [string | undefined, readonly number[]][] => {
      switch (site.kind) {
        case 'embed':
          return [[site.weight, [site.vocabulary, site.width]]];
        case 'linear':
          return [
            [site.weight, site.layout === 'out_in' ? [site.out, site.in] : [site.in, site.out]],
            [site.bias, [site.out]],
          ];
        case 'norm':
          return [
            [site.weight, site.heads === undefined ? [site.width] : [site.heads, site.width]],
            [site.bias, [site.width]],
          ];
        default:
          return [];
      }
    })
    .flatMap(([tensor, shape]) => (tensor === undefined ? [] : [[tensor, shape]]));
}
