import { readClass, readLabels } from '../../configuration/labels.ts';
import { readConfiguration, refuseUnsupportedSettings } from '../../configuration/reader.ts';
import type { ModelSpec } from '../../model.ts';
import type { LinearSite, NormSite } from '../../sites.ts';
import { buildBertBody, type BertBody } from '../bert/body.ts';
import { createSpecBuilder, memoize } from '../builder.ts';

/** The `model_type`s of the family. */
export const modelTypes = ['roberta', 'xlm-roberta', 'camembert'] as const;

/** Everything the forward pass needs that is derived from the configuration. */
export interface RobertaPlan {
  readonly spec: ModelSpec;
  readonly body: BertBody;
  /** Id of the padding token, and its row in the table of positions: the rows of other tokens come after it. */
  readonly padding: number;
  /** The map before the last; then the norm of tokens, or the dropout of labels. */
  readonly dense: LinearSite;
  readonly norm?: NormSite;
  readonly classifierDropout: number;
}

function derive(configurationObject: object): RobertaPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  const modelType = configuration.choice('model_type', modelTypes);
  const kind = readClass(configuration, ['ForMaskedLM', 'ForSequenceClassification']);
  const padding = configuration.integer('pad_token_id', { fallback: 1, minimum: 0 });
  const build = createSpecBuilder();
  const body = buildBertBody(build, configuration, 'roberta');
  const { width, embed, norm } = body;
  const first = padding + 1;
  if (body.positions <= first)
    configuration.refuse('max_position_embeddings', `more than pad_token_id + 1 = ${first}`);
  const facts = {
    modelType,
    kind: 'encoder',
    width,
    maximumPositions: body.positions - first,
    embed,
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  } as const;
  const classifierDropout = configuration.rate('classifier_dropout', body.dropout);
  const shared = { body, padding, classifierDropout };
  const square = { role: 'dense', in: width, out: width, bias: true } as const;

  if (kind === 'ForSequenceClassification') {
    const headKind = readLabels(configuration, 'first');
    const dense = build.linear('classifier.dense', square);
    const labels = headKind.labels.length;
    const head = build.classifier('classifier.out_proj', { in: width, labels, bias: true });
    return { ...shared, spec: build.spec({ ...facts, tied: false, head, headKind }), dense };
  }
  const tied = configuration.boolean('tie_word_embeddings', true);
  const transform = {
    dense: build.linear('lm_head.dense', square),
    norm: build.norm('lm_head.layer_norm', norm),
  };
  if (!tied) {
    // The bias that stands beside the head is then a tensor that nothing reads.
    build.tensor('lm_head.bias', [embed.vocabulary]);
    const head = build.head('lm_head.decoder', embed, tied, 'lm_head.decoder.bias');
    return { ...shared, ...transform, spec: build.spec({ ...facts, tied, head }) };
  }
  const head = build.head('lm_head.decoder', embed, tied, 'lm_head.bias');
  const copies = { 'lm_head.decoder.bias': 'lm_head.bias' };
  return { ...shared, ...transform, spec: build.spec({ ...facts, tied, head, copies }) };
}

/** The plan of a configuration, derived once for each. */
export const robertaPlan: (configuration: object) => RobertaPlan = memoize(derive);
