import { isOfClass, readLabels } from '../configuration/labels.ts';
import type { ConfigurationReader } from '../configuration/reader.ts';
import type { HeadKind } from '../model.ts';
import type { EmbedSite, LinearSite } from '../sites.ts';
import type { SpecBuilder } from './builder.ts';

/** The head of a decoder, as a specification holds it. */
export interface DecoderHead {
  readonly head: LinearSite;
  /** Whether the head shares the embedding's table. */
  readonly tied: boolean;
  readonly headKind: HeadKind;
}

/**
 * The head of a decoder: of tokens, or, where `architectures` says `…ForSequenceClassification`, the map `score` onto labels,
 * without a bias, of the last token of a text that is not `pad_token_id`.
 *
 * @param options.name the module of the head of tokens
 * @param options.classifies false for a family of which transformers has no such class: it is refused
 * @throws `unsupported-configuration` naming the key
 */
export function buildDecoderHead(
  build: SpecBuilder,
  configuration: ConfigurationReader,
  options: {
    readonly name: string;
    readonly embed: EmbedSite;
    readonly tied: boolean;
    readonly classifies?: boolean;
    /** `pad_token_id` of a configuration without the key. */
    readonly padding?: number | undefined;
  },
): DecoderHead {
  const { name, embed, tied, classifies = true, padding } = options;
  if (!isOfClass(configuration, 'ForSequenceClassification'))
    return { head: build.head(name, embed, tied), tied, headKind: { kind: 'vocabulary' } };
  if (!classifies) configuration.refuse('architectures', '…ForCausalLM');
  const headKind = readLabels(configuration, 'last', { padding });
  const head = build.classifier('score', {
    in: embed.width,
    labels: headKind.labels.length,
    bias: false,
  });
  return { head, tied: false, headKind };
}
