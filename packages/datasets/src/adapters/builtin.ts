import {
  choosePlugin,
  datasetAdapterKind,
  settle,
  type DatasetAdapter,
  type Mention,
} from '@tunesmith/schema';
import { alpaca } from './alpaca.ts';
import { alpacaEval } from './alpaca-eval.ts';
import { alpacaPreference } from './alpaca-preference.ts';
import { baize } from './baize.ts';
import { dolly } from './dolly.ts';
import { flan } from './flan.ts';
import { flanCot } from './flan-cot.ts';
import { ifeval } from './ifeval.ts';
import { instructWild } from './instruct-wild.ts';
import { lima } from './lima.ts';
import { llava } from './llava.ts';
import { messages } from './messages.ts';
import { mtBench } from './mt-bench.ts';
import { oasst } from './oasst.ts';
import { p3 } from './p3.ts';
import { preference } from './preference.ts';
import { promptCompletion } from './prompt-completion.ts';
import { promptOnly } from './prompt-only.ts';
import { selfInstruct } from './self-instruct.ts';
import { selfInstructFinetuning } from './self-instruct-finetuning.ts';
import { selfInstructGenerated } from './self-instruct-generated.ts';
import { sharegpt } from './sharegpt.ts';
import { sharegptPreference } from './sharegpt-preference.ts';
import { stepwise } from './stepwise.ts';
import { superNaturalInstructions } from './super-natural-instructions.ts';
import { text } from './text.ts';
import { tokenized } from './tokenized.ts';
import { ultrachat } from './ultrachat.ts';
import { unnaturalInstructions } from './unnatural-instructions.ts';
import { unpairedPreference } from './unpaired-preference.ts';

/** The dataset adapters that come with this package. */
export const builtinAdapters: readonly DatasetAdapter[] = [
  alpaca,
  sharegpt,
  messages,
  tokenized,
  text,
  promptCompletion,
  promptOnly,
  preference,
  unpairedPreference,
  stepwise,
  alpacaPreference,
  sharegptPreference,
  alpacaEval,
  mtBench,
  ifeval,
  dolly,
  oasst,
  superNaturalInstructions,
  p3,
  flan,
  flanCot,
  ultrachat,
  lima,
  selfInstruct,
  selfInstructGenerated,
  selfInstructFinetuning,
  unnaturalInstructions,
  instructWild,
  baize,
  llava,
];

/**
 * The adapter of that name, with the options beside the name settled.
 *
 * @param adapters what there is: built-ins by default, with a program's own added
 * @throws TunesmithError `unknown-name` naming the nearest; `invalid-dataset-adapter-<name>` for options that it refuses
 */
export function findAdapter(
  mention: Mention,
  adapters: readonly DatasetAdapter[] = builtinAdapters,
): DatasetAdapter {
  return settle(datasetAdapterKind, choosePlugin(datasetAdapterKind, mention, adapters));
}
