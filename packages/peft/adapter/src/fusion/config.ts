import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import type { HostTensor } from '@tunesmith/runtime';
import type { BottleneckForm } from '../bottleneck/bottleneck.ts';
import type { BottleneckConfig } from '../bottleneck/config.ts';

/** The configuration of AdapterFusion, as a recipe's `method` holds it beside `name: adapter-fusion`. */
export const fusionConfigSchema = Type.Object(
  {
    value: Type.Boolean({
      default: true,
      description:
        'Let what the adapters give pass through a trained map before it is mixed. It starts as the identity.',
    }),
    regularization: Type.Number({
      minimum: 0,
      default: 0.01,
      description:
        'With value: weight of the squared distance of these maps from the identity, added to the loss.',
    }),
    dropout: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description: 'Share of the scores of adapters that is zeroed while training.',
    }),
  },
  {
    additionalProperties: false,
    description: 'AdapterFusion: attention over adapters that were trained before.',
  },
);

/** An adapter that is mixed with others. */
export interface FusedAdapter {
  /** Unique among them. */
  readonly name: string;
  readonly config: BottleneckConfig;
  /** Its values, until the fusion has them. */
  readonly parameters?: Readonly<Record<string, HostTensor>>;
}

/** A complete configuration of AdapterFusion. */
export type FusionConfig = Static<typeof fusionConfigSchema> & {
  /** The adapters, once the artifact `adapters` was read. */
  readonly adapters?: readonly FusedAdapter[];
  /** What kind all of them are. */
  readonly form?: BottleneckForm;
};
