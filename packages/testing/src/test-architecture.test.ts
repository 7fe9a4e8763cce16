import { bert, llama, t5 } from '@tunesmith/models';
import { tinyModel, tinyModelNames } from './models/tiny-model.ts';
import { testArchitecture } from './test-architecture.ts';

for (const label of tinyModelNames) {
  const { architecture, spec } = tinyModel(label);
  testArchitecture({ architecture, configuration: spec.configuration, label });
}

testArchitecture({
  architecture: llama,
  label: 'mistral with a window of 3',
  configuration: {
    model_type: 'mistral',
    hidden_size: 12,
    head_dim: 4,
    intermediate_size: 20,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 64,
    sliding_window: 3,
    vocab_size: 29,
  },
});

const encoder = {
  model_type: 'bert',
  hidden_size: 12,
  intermediate_size: 20,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  max_position_embeddings: 32,
  vocab_size: 29,
};

testArchitecture({ architecture: bert, label: 'masked tokens', configuration: encoder });

testArchitecture({
  architecture: bert,
  label: 'labels',
  configuration: {
    ...encoder,
    architectures: ['BertForSequenceClassification'],
    id2label: { 0: 'no', 1: 'maybe', 2: 'yes' },
  },
});

const crossed = {
  model_type: 't5',
  d_model: 12,
  d_kv: 4,
  d_ff: 20,
  num_layers: 2,
  num_heads: 3,
  relative_attention_num_buckets: 8,
  relative_attention_max_distance: 16,
  vocab_size: 29,
};

testArchitecture({
  architecture: t5,
  label: 'plain',
  configuration: { ...crossed, feed_forward_proj: 'gelu' },
});

testArchitecture({
  architecture: t5,
  label: 'gated, with a head of its own',
  configuration: {
    ...crossed,
    num_decoder_layers: 3,
    feed_forward_proj: 'gated-gelu',
    tie_word_embeddings: false,
  },
});
