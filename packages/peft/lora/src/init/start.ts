import { TunesmithError } from '@tunesmith/schema';
import type { LinearSite } from '@tunesmith/models';
import type { Init } from '@tunesmith/peft';
import type { LoraConfig } from '../config.ts';
import { evaStart } from './eva.ts';
import { loftqStart } from './loftq.ts';
import { oloraStart, pissaStart } from './main-part.ts';
import { orthogonalStart } from './orthogonal.ts';

/** How the two matrices of a linear map begin. */
export interface Start {
  readonly a: Init;
  readonly b: Init;
  /**
   * True where `s · B A` is at first a part of the weight, which is taken out of the base for it, so that the model starts as it
   * is. The base itself stays: what B A was at first is subtracted wherever it is added.
   */
  readonly movesBase?: true;
}

/** A map's rank, and what its update is scaled by. */
export interface Size {
  readonly rank: number;
  readonly scaling: number;
}

/**
 * The start that a configuration asks for.
 *
 * @throws TunesmithError `invalid-rank` for a rank that the start cannot have; `missing-data` for one from data where there is
 * none
 */
export function startOf(site: LinearSite, config: LoraConfig, size: Size): Start {
  const uniform: Init = { kind: 'kaiming-uniform', fanIn: site.in };
  const zeros: Init = { kind: 'zeros' };
  switch (config.init) {
    case 'kaiming-uniform':
      return { a: uniform, b: zeros };
    case 'gaussian':
      return { a: { kind: 'normal', std: 1 / size.rank }, b: zeros };
    case 'random':
      return { a: uniform, b: { kind: 'kaiming-uniform', fanIn: size.rank } };
    case 'orthogonal':
      if (size.rank % 2 !== 0)
        throw invalidRank(site, size, 'an orthogonal start needs an even rank');
      return orthogonalStart(site, size);
    case 'pissa':
      requirePart(site, size);
      return pissaStart(site, size, config.pissa_niter);
    case 'olora':
      requirePart(site, size);
      return oloraStart(site, size);
    case 'loftq':
      requirePart(site, size);
      return loftqStart(site, size, config.loftq_bits);
    case 'eva':
      return { a: evaStart(site, config), b: zeros };
  }
}

function requirePart(site: LinearSite, size: Size): void {
  if (size.rank <= Math.min(site.in, site.out)) return;
  throw invalidRank(
    site,
    size,
    `its weight [${site.out}, ${site.in}] has no part of that rank to start from`,
  );
}

function invalidRank({ name }: LinearSite, { rank }: Size, why: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/lora',
    code: 'invalid-rank',
    message: `"${name}" cannot have rank ${rank}: ${why}`,
    value: rank,
    accepted: 'another rank, or another init',
  });
}
