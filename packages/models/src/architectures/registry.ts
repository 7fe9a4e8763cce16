import { nearest } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { Architecture } from '../model.ts';
import { bart } from './bart/bart.ts';
import { bert } from './bert/bert.ts';
import { bloom } from './bloom/bloom.ts';
import { distilbert } from './distilbert/distilbert.ts';
import { falcon } from './falcon/falcon.ts';
import { gptNeox } from './gpt-neox/gpt-neox.ts';
import { gpt2 } from './gpt2/gpt2.ts';
import { llama } from './llama/llama.ts';
import { opt } from './opt/opt.ts';
import { roberta } from './roberta/roberta.ts';
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
];

/**
 * The architecture that reads a configuration's `model_type`.
 *
 * @param configuration the parsed `config.json`
 * @param available architectures to choose from
 * @throws `unsupported-architecture` listing the model types that can be read
 */
export function findArchitecture(
  configuration: object,
  available: readonly Architecture[] = architectures,
): Architecture {
  const modelType = (configuration as { model_type?: unknown }).model_type;
  const found = available.filter((one) => one.modelTypes.includes(modelType as string));
  const [first, second] = found;
  if (second) {
    throw modelsError({
      code: 'duplicate-architecture',
      message: `model_type "${String(modelType)}" is read by two architectures: ${found.map((one) => one.name).join(', ')}`,
      value: modelType,
    });
  }
  if (first) return first;
  const names = available.flatMap((one) => one.modelTypes);
  throw modelsError({
    code: 'unsupported-architecture',
    message: `config.json: "model_type" is ${JSON.stringify(modelType) ?? 'missing'}`,
    value: modelType,
    accepted: names,
    nearest: typeof modelType === 'string' ? nearest(modelType, names) : undefined,
  });
}
