import { readClass, readLabels } from '../../configuration/labels.ts';
import { readConfiguration, refuseUnsupportedSettings } from '../../configuration/reader.ts';
import type { ModelSpec } from '../../model.ts';
import type { LinearSite, NormSite } from '../../sites.ts';
import { createSpecBuilder, memoize } from '../builder.ts';
import { buildBertBody, type BertBody } from './body.ts';

/** Everything the forward pass needs that is derived from the configuration. */
export interface BertPlan {
  readonly spec: ModelSpec;
  readonly body: BertBody;
  /** What comes before the last map: of tokens a map, an activation and a norm; of labels the pooler and dropout. */
  readonly transform:
    | { readonly dense: LinearSite; readonly norm: NormSite }
    | { readonly pooler: LinearSite; readonly dropout: number };
}

function derive(configurationObject: object): BertPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  configuration.choice('model_type', ['bert']);
  const kind = readClass(configuration, ['ForMaskedLM', 'ForSequenceClassification']);
  const build = createSpecBuilder();
  const body = buildBertBody(build, configuration, 'bert');
  const { width, embed, norm } = body;
  const facts = {
    modelType: 'bert',
    kind: 'encoder',
    width,
    maximumPositions: body.positions,
    embed,
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  } as const;
  const square = { in: width, out: width, bias: true };

  if (kind === 'ForSequenceClassification') {
    const headKind = readLabels(configuration, 'first');
    const pooler = build.linear('bert.pooler.dense', { role: 'pooler', ...square });
    const labels = headKind.labels.length;
    const head = build.classifier('classifier', { in: width, labels, bias: true });
    const dropout = configuration.rate('classifier_dropout', body.dropout);
    const spec = build.spec({ ...facts, tied: false, head, headKind });
    return { spec, body, transform: { pooler, dropout } };
  }
  const tied = configuration.boolean('tie_word_embeddings', true);
  const predictions = 'cls.predictions';
  const transform = {
    dense: build.linear(`${predictions}.transform.dense`, { role: 'dense', ...square }),
    norm: build.norm(`${predictions}.transform.LayerNorm`, norm),
  };
  if (!tied) {
    // The bias that stands beside the head is then a tensor that nothing reads.
    build.tensor(`${predictions}.bias`, [embed.vocabulary]);
    const head = build.head(`${predictions}.decoder`, embed, tied, `${predictions}.decoder.bias`);
    return { spec: build.spec({ ...facts, tied, head }), body, transform };
  }
  const head = build.head(`${predictions}.decoder`, embed, tied, `${predictions}.bias`);
  const copies = { [`${predictions}.decoder.bias`]: `${predictions}.bias` };
  return { spec: build.spec({ ...facts, tied, head, copies }), body, transform };
}

/** The plan of a configuration, derived once for each. */
export const bertPlan: (configuration: object) => BertPlan = memoize(derive);
