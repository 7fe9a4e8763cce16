import { TunesmithError } from '@tunesmith/schema';
import type { ObjectiveContext } from '../objective.ts';
import type { Masking } from './mask.ts';

/** How a recipe says which tokens are masked. */
export interface MaskingOptions {
  readonly rate: number;
  readonly mask_share: number;
  readonly random_share: number;
}

const share = (initial: number, description: string) =>
  ({ type: 'number', minimum: 0, maximum: 1, default: initial, description }) as const;

/** JSON Schemas of {@link MaskingOptions}. */
export const maskingProperties = {
  rate: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.15,
    description: 'Share of the tokens of a text that are chosen, at least one.',
  },
  mask_share: share(0.8, 'Share of the chosen tokens that become the mask token.'),
  random_share: share(0.1, 'Share of the chosen tokens that become a random one; the rest stay.'),
} as const;

/**
 * The options as masking for a model; undefined without a tokenizer, where nothing can be masked.
 *
 * @param objective named in errors
 * @throws TunesmithError `invalid-options` for shares that are more than the whole, `no-mask-token`
 */
export function maskingOf(
  objective: string,
  { rate, mask_share: maskShare, random_share: randomShare }: MaskingOptions,
  { tokenizer, model }: Pick<ObjectiveContext, 'tokenizer' | 'model'>,
): Masking | undefined {
  if (maskShare + randomShare > 1 + 1e-9)
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: 'invalid-options',
      message: `mask_share and random_share of the objective ${objective} add up to ${maskShare + randomShare}`,
      value: maskShare + randomShare,
      accepted: 'at most 1 together',
    });
  if (!tokenizer) return undefined;
  const { mask } = tokenizer;
  if (mask === undefined)
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: 'no-mask-token',
      message: `the objective ${objective} needs a mask token, and the tokenizer has none`,
      accepted: 'a tokenizer whose configuration names its mask_token',
    });
  const size = Math.min(model.spec.vocabulary, tokenizer.vocabularySize);
  const all = Int32Array.from({ length: size }, (_, id) => id);
  const ordinary = all.filter(
    (id) => !tokenizer.isSpecial(id) && tokenizer.token(id) !== undefined,
  );
  return { rate, maskShare, randomShare, mask, ordinary };
}
