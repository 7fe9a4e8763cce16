import { cohere, gemma3, mixtral, olmo2, phi3, qwen3Moe, smollm3 } from '@tunesmith/models';
import { testArchitecture } from './test-architecture.ts';

const small = {
  hidden_size: 12,
  head_dim: 4,
  intermediate_size: 20,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  vocab_size: 29,
};

testArchitecture({
  architecture: mixtral,
  configuration: { ...small, model_type: 'mixtral', num_local_experts: 3, num_experts_per_tok: 2 },
});

testArchitecture({
  architecture: qwen3Moe,
  configuration: {
    ...small,
    model_type: 'qwen3_moe',
    num_experts: 3,
    num_experts_per_tok: 2,
    moe_intermediate_size: 8,
    decoder_sparse_step: 2,
  },
});

testArchitecture({
  architecture: phi3,
  label: 'with frequencies for texts of up to 32 tokens and for longer ones',
  configuration: {
    ...small,
    model_type: 'phi3',
    original_max_position_embeddings: 32,
    rope_scaling: { type: 'longrope', short_factor: [1, 1.5], long_factor: [2, 4] },
  },
});

testArchitecture({
  architecture: gemma3,
  configuration: {
    ...small,
    model_type: 'gemma3_text',
    sliding_window: 3,
    sliding_window_pattern: 2,
  },
});

// Norms of small values bend too much for finite differences.
testArchitecture({
  architecture: olmo2,
  configuration: { ...small, model_type: 'olmo2', rms_norm_eps: 0.1 },
});

testArchitecture({
  architecture: smollm3,
  label: 'with a layer without positions',
  configuration: { ...small, model_type: 'smollm3', no_rope_layer_interval: 2 },
});

testArchitecture({
  architecture: cohere,
  configuration: { ...small, model_type: 'cohere', use_qk_norm: true },
});
