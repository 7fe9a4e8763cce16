/** The `config.json` of a very small model. */
export const configuration = {
  model_type: 'lanes',
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  vocab_size: 29,
};
