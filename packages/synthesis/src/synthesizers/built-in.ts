import type { Synthesizer } from '../synthesizer.ts';
import { alpacaSynthesizer } from './alpaca.ts';
import { backtranslation } from './backtranslation.ts';
import { distill } from './distill.ts';
import { evolInstruct } from './evol-instruct/evol-instruct.ts';
import { instructWild } from './instruct-wild.ts';
import { selfAlign } from './self-align/self-align.ts';
import { selfChat } from './self-chat/self-chat.ts';
import { selfInstruct } from './self-instruct/self-instruct.ts';
import { unnaturalInstructions } from './unnatural.ts';

/** The synthesizers that ship with Tunesmith. */
export const builtInSynthesizers: readonly Synthesizer[] = [
  selfInstruct,
  alpacaSynthesizer,
  instructWild,
  unnaturalInstructions,
  evolInstruct,
  selfChat,
  selfAlign,
  backtranslation,
  distill,
];
