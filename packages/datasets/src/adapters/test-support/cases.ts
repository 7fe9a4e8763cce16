import type { FormatCases } from './format-cases.ts';
import { alpacaEval } from './alpaca-eval.ts';
import { alpacaPreference } from './alpaca-preference.ts';
import { alpaca } from './alpaca.ts';
import { baize } from './baize.ts';
import { dolly } from './dolly.ts';
import { flanCot } from './flan-cot.ts';
import { flan } from './flan.ts';
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
import { selfInstructFinetuning } from './self-instruct-finetuning.ts';
import { selfInstructGenerated } from './self-instruct-generated.ts';
import { selfInstruct } from './self-instruct.ts';
import { sharegptPreference } from './sharegpt-preference.ts';
import { sharegpt } from './sharegpt.ts';
import { stepwise } from './stepwise.ts';
import { superNaturalInstructions } from './super-natural-instructions.ts';
import { text } from './text.ts';
import { tokenized } from './tokenized.ts';
import { ultrachat } from './ultrachat.ts';
import { unnaturalInstructions } from './unnatural-instructions.ts';
import { unpairedPreference } from './unpaired-preference.ts';

/** What every built-in adapter is tried on, by its name: rows as the format has them, of our own words. */
export const casesByName: Readonly<Record<string, FormatCases>> = {
  'alpaca-eval': alpacaEval,
  'alpaca-preference': alpacaPreference,
  alpaca,
  baize,
  dolly,
  'flan-cot': flanCot,
  flan,
  ifeval,
  'instruct-wild': instructWild,
  lima,
  llava,
  messages,
  'mt-bench': mtBench,
  oasst,
  p3,
  preference,
  'prompt-completion': promptCompletion,
  'prompt-only': promptOnly,
  'self-instruct-finetuning': selfInstructFinetuning,
  'self-instruct-generated': selfInstructGenerated,
  'self-instruct': selfInstruct,
  'sharegpt-preference': sharegptPreference,
  sharegpt,
  stepwise,
  'super-natural-instructions': superNaturalInstructions,
  text,
  tokenized,
  ultrachat,
  'unnatural-instructions': unnaturalInstructions,
  'unpaired-preference': unpairedPreference,
};
