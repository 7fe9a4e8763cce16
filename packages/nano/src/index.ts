/**
 * Where the nano model lies: `config.json`, `model.safetensors` (bfloat16), `tokenizer.json` and `tokenizer_config.json` in
 * Hugging Face's layout. On a page, `loadModel(httpFiles(modelAddress))` of `@tunesmith/models` reads it from there.
 */
export const modelAddress: string = new URL('../model/', import.meta.url).href;
