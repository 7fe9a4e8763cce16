import { fileURLToPath } from 'node:url';

/**
 * The folder of the nano model: `config.json`, `model.safetensors` (bfloat16), `tokenizer.json` and
 * `tokenizer_config.json` in Hugging Face's layout. Give it to `loadModel`, or name `@tunesmith/nano` in a recipe.
 */
export const modelDirectory: string = fileURLToPath(new URL('../model', import.meta.url));
