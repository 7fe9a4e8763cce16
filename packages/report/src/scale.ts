/** Round numbers inside `[low, high]`, about `count` of them, in steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, count = 5): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** A number for reading: about three significant digits, thousands separated, tiny ones with an exponent. */
export function readable(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.001) return value.toExponential(1).replace('e-', 'e−');
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toFixed(digits).replace('-', '−');
}

/** The label of a tick, which is a round number already. */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  return size >= 1000 || (size > 0 && size < 0.001)
    ? readable(value)
    : String(Number(value.toPrecision(4))).replace('-', '−');
}

/** A duration for reading: `48 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Running mean with memory `1 / (1 − momentum)` points, corrected for its start: what a noisy curve does on the whole. */
export function smooth(values: readonly number[], momentum: number): number[] {
  let mean = 0;
  return values.map((value, index) => {
    mean = momentum * mean + (1 - momentum) * value;
    return mean / (1 - momentum ** (index + 1));
  });
}
