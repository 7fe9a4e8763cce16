import { modelsError } from '../errors.ts';
import type { BoundModel } from '../language-model/bound.ts';
import { noVirtualTokens, type VirtualTokens } from '../language-model/layout.ts';
import type { ModelSpec } from '../model.ts';

/** The token that the decoder of an encoder-decoder begins with. @throws `no-decoder-start` */
export function decoderStartOf({ decoderStart }: Pick<ModelSpec, 'decoderStart'>): number {
  if (decoderStart !== undefined) return decoderStart;
  throw modelsError({
    code: 'no-decoder-start',
    message: 'config.json does not say with which token the decoder begins',
    accepted: '"decoder_start_token_id": a token id',
  });
}

/** Virtual tokens of what the decoder of an encoder-decoder reads: those of the input stand before the source alone. */
export function ofDecoder({ virtual }: Pick<BoundModel, 'virtual'>): VirtualTokens {
  return virtual.place === 'input' ? noVirtualTokens : virtual;
}
