import type { ReportRecorder } from '@tunesmith/datasets';
import {
  definePluginKind,
  type ChatModel,
  type DataRecord,
  type PluginContract,
  type PluginOptions,
} from '@tunesmith/schema';
import type { Prompts } from './prompts/prompts.ts';

/** What a {@link Synthesizer} works with. */
export interface SynthesisRequest {
  /** Who answers in a role; the roles of a synthesizer may be one model or several. */
  model(role: string): ChatModel;
  /** What it begins from. */
  readonly seeds: readonly DataRecord[];
  /** Its words: its own, or those that a user put in their place. */
  readonly prompts: Prompts;
  /** Complete, as its schema says. */
  readonly options: PluginOptions;
  /** Of everything that is drawn. */
  readonly seed: number;
  /** Requests that may be under way at once. What is written does not depend on it where the models answer alike. */
  readonly atOnce: number;
  /** Counts what is kept, and what is left out and why. */
  readonly report: ReportRecorder;
  readonly signal?: AbortSignal;
}

/** Requests of one sort that a synthesizer will make, for an estimate of cost. */
export interface PlannedRequests {
  /** What they are for: `new instructions`. */
  readonly what: string;
  readonly role: string;
  /** How many at most, or how many are expected where rejections decide. */
  readonly requests: number;
  /** Characters of a typical prompt. */
  readonly characters: number;
  /** Tokens of an answer at most. */
  readonly maxTokens: number;
}

/**
 * Writes instruction data with language models. It asks the same things in the same order for the same seeds, options and answers, so
 * that a job which is begun again over a journal goes on where it ended.
 */
export interface Synthesizer extends PluginContract {
  readonly specVersion: 2;
  /** The roles that models play in it, each with what it does; the first one stands for those that nobody is named for. */
  readonly roles: Readonly<Record<string, string>>;
  /** Its words, which a user may replace: texts with `{places}`. */
  readonly prompts: Prompts;
  /** What a seed has to have, in words; see {@link Synthesizer.acceptsSeed}. */
  readonly seeds: string;
  /** Whether it can begin from this record. Pure. */
  acceptsSeed(record: DataRecord): boolean;
  /** The least number of seeds it can begin with. */
  leastSeeds(options: PluginOptions): number;
  /** Instances or conversations, as they come. */
  write(request: SynthesisRequest): AsyncIterable<DataRecord>;
  /** What it will ask, without asking. */
  plan(
    request: Pick<SynthesisRequest, 'seeds' | 'options' | 'prompts' | 'seed'>,
  ): PlannedRequests[];
}

declare module '@tunesmith/schema' {
  interface PluginContracts {
    synthesizer: Synthesizer;
  }
}

/** What a {@link Synthesizer} must have. */
export const synthesizerKind = definePluginKind({
  kind: 'synthesizer',
  package: '@tunesmith/synthesis',
  specVersion: 2,
  functions: ['acceptsSeed', 'leastSeeds', 'write', 'plan'],
  properties: {
    roles: { type: 'object' },
    prompts: { type: 'object' },
    seeds: { type: 'string' },
  },
});
