export { aiSdkChatModel, type GenerateText } from './models/ai-sdk.ts';
export {
  openai,
  openaiChatModel,
  type OpenAIOptions,
  type OpenAISurroundings,
} from './models/openai.ts';

export { journaled, memoryJournal, type Journal, type JournalRecord } from './asking/journal.ts';
export {
  accounted,
  createLedger,
  type Ledger,
  type LedgerEntry,
  type Prices,
} from './asking/ledger.ts';
export { paced, type PaceOptions } from './asking/paced.ts';
export { answerQueued, queued, type AnswerOptions, type SharedRequests } from './asking/queued.ts';
export { retrying, type RetryOptions } from './asking/retrying.ts';

export { createNoveltyPool, type NoveltyPool } from './novelty/novelty.ts';
export { fill, placesOf, promptOf, replacedPrompts, type Prompts } from './prompts/prompts.ts';

export {
  synthesizerKind,
  type PlannedRequests,
  type SynthesisRequest,
  type Synthesizer,
} from './synthesizer.ts';
export { planRequests, synthesize, type SynthesizeOptions } from './synthesize.ts';

export { builtInSynthesizers } from './synthesizers/built-in.ts';
export { alpacaSynthesizer } from './synthesizers/alpaca.ts';
export { backtranslation } from './synthesizers/backtranslation.ts';
export { distill } from './synthesizers/distill.ts';
export { evolInstruct } from './synthesizers/evol-instruct/evol-instruct.ts';
export { instructWild } from './synthesizers/instruct-wild.ts';
export { selfAlign } from './synthesizers/self-align/self-align.ts';
export { selfChat } from './synthesizers/self-chat/self-chat.ts';
export { selfInstruct } from './synthesizers/self-instruct/self-instruct.ts';
export { unnaturalInstructions } from './synthesizers/unnatural.ts';
