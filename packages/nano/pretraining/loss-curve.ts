/** How pretraining went: losses in nats a token, speed in tokens a second. */
export interface LossCurve {
  /** Mean training loss of each 20 steps, under the last of them. */
  readonly training: readonly (readonly [step: number, loss: number])[];
  /** Loss on the held-out text. */
  readonly heldOut: readonly (readonly [step: number, loss: number])[];
  /** Median over all steps. */
  readonly tokensPerSecond: number;
}

interface CurveEvent {
  readonly type: string;
  readonly step: number;
  readonly loss: number;
  readonly tokens_per_second: number;
  readonly scores: { readonly loss: { readonly value: number } };
}

const every = 20;

/** Reads the curve from a run's events; of a step that was done twice (after an interruption), the last one counts. */
export function lossCurve(events: string): LossCurve {
  const steps = new Map<number, CurveEvent>();
  const heldOut = new Map<number, number>();
  for (const line of events.split('\n')) {
    if (line === '') continue;
    const event = JSON.parse(line) as CurveEvent;
    if (event.type === 'step') steps.set(event.step, event);
    if (event.type === 'evaluation') heldOut.set(event.step, event.scores.loss.value);
  }
  const training: [number, number][] = [];
  for (let last = every; last <= steps.size; last += every) {
    const losses = Array.from({ length: every }, (_, i) => steps.get(last - i)?.loss ?? Number.NaN);
    training.push([last, rounded(losses.reduce((sum, loss) => sum + loss, 0) / every)]);
  }
  const speeds = [...steps.values()]
    .map((event) => event.tokens_per_second)
    .toSorted((a, b) => a - b);
  return {
    training,
    heldOut: [...heldOut].map(([step, loss]) => [step, rounded(loss)]),
    tokensPerSecond: Math.round(speeds[Math.floor(speeds.length / 2)] ?? 0),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
