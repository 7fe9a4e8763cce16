import { nearest } from '@tunesmith/schema';
import { unsupportedGguf } from '../errors.ts';
import { architectureOf } from '../facts.ts';
import type { GgufFile } from '../open.ts';
import type { GgufFamily } from './family.ts';
import { bert } from './bert.ts';
import { gemma, gemma2, gemma3 } from './gemma.ts';
import { granite, llama, smollm3 } from './llama.ts';
import { bloom, falcon, gpt2, gptNeox } from './older-decoders.ts';
import { commandR, olmo2, phi3, starcoder2 } from './other-decoders.ts';
import { qwen2, qwen3, qwen3Moe } from './qwen.ts';
import { t5 } from './t5.ts';

/** The families that GGUF files are read of. */
export const ggufFamilies: readonly GgufFamily[] = [
  llama,
  smollm3,
  granite,
  qwen2,
  qwen3,
  qwen3Moe,
  gemma,
  gemma2,
  gemma3,
  phi3,
  olmo2,
  starcoder2,
  commandR,
  gpt2,
  gptNeox,
  bloom,
  falcon,
  t5,
  bert,
];

/** The family of a file. @throws `unsupported-gguf` naming the architecture */
export function familyOf(file: GgufFile): GgufFamily {
  const name = architectureOf(file);
  const found = ggufFamilies.find(({ architecture }) => architecture === name);
  if (found) return found;
  const known = ggufFamilies.map(({ architecture }) => architecture);
  throw unsupportedGguf(
    file.path,
    `the model is of the architecture "${name}", which is not read`,
    name,
    known,
    nearest(name, known),
  );
}
