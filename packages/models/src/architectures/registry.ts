import { findNamed, nearest } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { Architecture } from '../model.ts';
import { bart } from './bart/bart.ts';
import { bert } from './bert/bert.ts';
import { bloom } from './bloom/bloom.ts';
import { cohere } from './cohere/cohere.ts';
import { distilbert } from './distilbert/distilbert.ts';
import { falcon } from './falcon/falcon.ts';
import { gemma } from './gemma/gemma.ts';
import { gemma2 } from './gemma2/gemma2.ts';
import { gemma3 } from './gemma3/gemma3.ts';
import { gptNeox } from './gpt-neox/gpt-neox.ts';
import { gpt2 } from './gpt2/gpt2.ts';
import { granite } from './granite/granite.ts';
import { llama } from './llama/llama.ts';
import { mixtral } from './mixtral/mixtral.ts';
import { olmo2 } from './olmo2/olmo2.ts';
import { opt } from './opt/opt.ts';
import { phi3 } from './phi3/phi3.ts';
import { qwen3Moe } from './qwen3-moe/qwen3-moe.ts';
import { qwen3 } from './qwen3/qwen3.ts';
import { roberta } from './roberta/roberta.ts';
import { smollm3 } from './smollm3/smollm3.ts';
import { starcoder2 } from './starcoder2/starcoder2.ts';
import { t5 } from './t5/t5.ts';

/** The architectures that come with this package. */
export const architectures: readonly Architecture[] = [
  llama,
  gpt2,
  gptNeox,
  opt,
  bloom,
  falcon,
  bert,
  roberta,
  distilbert,
  t5,
  bart,
  qwen3,
  qwen3Moe,
  mixtral,
  gemma,
  gemma2,
  gemma3,
  phi3,
  smollm3,
  olmo2,
  granite,
  starcoder2,
  cohere,
];

/**
 * The architecture that reads a configuration's `model_type`: looked up as everything that has a name is, by the model types
 * that each architecture reads.
 *
 * @param configuration the parsed `config.json`
 * @param available architectures to choose from
 * @param place the configuration's file, for errors
 * @throws `unsupported-configuration` where there is no `model_type`; `unknown-name` listing the model types that can be read;
 * `duplicate-name` where two architectures read one
 */
export function findArchitecture(
  configuration: object,
  available: readonly Architecture[] = architectures,
  place = 'config.json',
): Architecture {
  const modelType = (configuration as { model_type?: unknown }).model_type;
  const readers = available.flatMap((architecture) =>
    architecture.modelTypes.map((name) => ({ name, architecture })),
  );
  const names = readers.map(({ name }) => name);
  if (typeof modelType === 'string' && names.includes(modelType))
    return findNamed(modelType, readers, { package: '@tunesmith/models', kind: 'model_type' })
      .architecture;
  if (typeof modelType === 'string')
    throw modelsError({
      code: 'unknown-name',
      message: `${place}: there is no model_type named "${modelType}"`,
      value: modelType,
      accepted: names,
      nearest: nearest(modelType, names),
    });
  throw modelsError({
    code: 'unsupported-configuration',
    message: `${place}: "model_type" is ${JSON.stringify(modelType) ?? 'missing'}`,
    value: modelType,
    accepted: names,
  });
}
