import type { RouterDecision } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { NormSite } from '../sites.ts';
import { attentionLayer, type AttentionCall, type AttentionLayer } from './attention-layer.ts';
import { expertsLayer, routerLoss, type ExpertsLayer } from './experts-layer.ts';
import { feedForwardLayer, type FeedForwardLayer } from './feed-forward-layer.ts';
import type { Pass } from './pass.ts';

/**
 * One addition to the residual stream: `x ← sum(x + multiplier · after(layer(before(x))))`. Where the norms stand tells the
 * families apart: `before` (Llama, GPT-2, T5), `after` (OLMo 2), both (Gemma 2), `sum` (BERT, BART).
 */
export type Step = StepNorms &
  (
    | { readonly attention: AttentionLayer }
    | { readonly feedForward: FeedForwardLayer }
    | { readonly experts: ExpertsLayer }
  );

/** The norms of a step. */
export interface StepNorms {
  readonly before?: NormSite | undefined;
  readonly after?: NormSite | undefined;
  readonly sum?: NormSite | undefined;
  /** 1 if absent. */
  readonly multiplier?: number | undefined;
}

/** Steps that all read the same stream, their results added together (GPT-NeoX, Falcon, Cohere); the attention comes first. */
export interface ParallelSteps {
  readonly parallel: readonly Step[];
}

/**
 * Runs the steps of all blocks in order. After the last attention, whose output map is already theirs alone, only the positions that
 * the batch wants go on; where it asks for the routers' loss, which counts every token, after the last step.
 *
 * @param x the embedded sequence, `[batch, tokens, width]`
 * @param call what steps read beside the stream; `headBias` is for attentions that are not crossed
 * @returns the stream, `[batch, tokens, width]` or `[1, n, width]`
 */
export function runSteps(
  pass: Pass,
  steps: readonly (Step | ParallelSteps)[],
  x: tf.Tensor,
  call: AttentionCall = {},
): tf.Tensor {
  const { batch } = pass;
  const isRouted = batch.routerLoss === true && steps.some((step) => 'experts' in step);
  const last = isRouted
    ? steps.length - 1
    : steps.findLastIndex((step) =>
        'parallel' in step ? step.parallel.some((one) => 'attention' in one) : 'attention' in step,
      );
  const decisions: RouterDecision[] = [];
  const result = steps.reduce<tf.Tensor>((stream, step, i) => {
    if ('parallel' in step) return inParallel(pass, step.parallel, stream, call, i === last);
    const keep = i === last ? pass.keep : (all: tf.Tensor) => all;
    const input = normed(pass, step.before, stream);
    const kept = keep(stream);
    const added =
      'attention' in step
        ? addition(pass, step, { stream: kept, input, call: { ...call, keep } })
        : keep(addition(pass, step, { stream, input, call, decisions }));
    return normed(pass, step.sum, tf.add(kept, added));
  }, x);
  if (isRouted) pass.addRouterLoss(routerLoss(decisions, batch));
  return result;
}

function inParallel(
  pass: Pass,
  steps: readonly Step[],
  x: tf.Tensor,
  call: AttentionCall,
  isLast: boolean,
): tf.Tensor {
  const keep = isLast ? pass.keep : (all: tf.Tensor) => all;
  // One norm that several steps name is announced and computed once.
  const norms = new Map<NormSite | undefined, tf.Tensor>([[undefined, x]]);
  const additions = steps.map((step) => {
    const input = norms.get(step.before) ?? normed(pass, step.before, x);
    norms.set(step.before, input);
    return 'attention' in step
      ? addition(pass, step, { stream: keep(x), input, call: { ...call, keep } })
      : addition(pass, step, { stream: keep(x), input: keep(input), call });
  });
  return additions.reduce((sum, added) => tf.add(sum, added), keep(x));
}

/** What a step works on. */
interface StepInput {
  /** The stream that the addition goes to. */
  readonly stream: tf.Tensor;
  /** The stream after the norm before the layer; before an attention with all positions. */
  readonly input: tf.Tensor;
  readonly call: AttentionCall;
  /** Takes what a router said. */
  readonly decisions?: RouterDecision[];
}

/** What a step adds to the stream. */
function addition(pass: Pass, step: Step, of: StepInput): tf.Tensor {
  const keep = 'attention' in step ? of.call.keep : undefined;
  const output = pass.scope.sublayer(layerOf(step).sublayer, {
    input: keep ? keep(of.input) : of.input,
    output: layer(pass, step, of),
    stream: of.stream,
    normalizeSum: (x) => normed(pass, step.sum, x),
  });
  const after = normed(pass, step.after, output);
  const { multiplier = 1 } = step;
  return multiplier === 1 ? after : tf.mul(after, multiplier);
}

function layerOf(step: Step): AttentionLayer | FeedForwardLayer | ExpertsLayer {
  if ('attention' in step) return step.attention;
  return 'feedForward' in step ? step.feedForward : step.experts;
}

function layer(pass: Pass, step: Step, { input, call, decisions }: StepInput): tf.Tensor {
  if ('attention' in step)
    return attentionLayer(pass, step.attention, input, callOf(step.attention, call));
  if ('feedForward' in step) return feedForwardLayer(pass.scope, step.feedForward, input);
  const { output, decision } = expertsLayer(pass.scope, step.experts, input);
  decisions?.push(decision);
  return output;
}

function callOf(
  { heads }: AttentionLayer,
  { memory, headBias, ...call }: AttentionCall,
): AttentionCall {
  return heads.sees === 'cross' ? { ...call, memory } : { ...call, headBias };
}

function normed(pass: Pass, norm: NormSite | undefined, x: tf.Tensor): tf.Tensor {
  return norm ? pass.scope.norm(norm, x) : x;
}
