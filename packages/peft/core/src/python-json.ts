/** A number that Python keeps as a float: written `0.0` where JSON would be content with `0`. */
export interface PythonFloat {
  readonly pythonFloat: number;
}

/** Marks a number as a Python float for {@link pythonJson}. */
export function pythonFloat(value: number): PythonFloat {
  return { pythonFloat: value };
}

/**
 * JSON byte for byte as Python's `json.dumps(value, indent=2, sort_keys=True)` writes it: keys in code-point order,
 * non-ASCII characters escaped, floats in Python's shortest form, no newline at the end.
 */
export function pythonJson(value: unknown, indent = ''): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatText(value);
  if (typeof value === 'string') return stringText(value);
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no JSON form`);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + pythonJson(item, inner)).join(',\n')}\n${indent}]`;
  }
  if ('pythonFloat' in value && typeof value.pythonFloat === 'number')
    return floatText(value.pythonFloat);
  const entries = Object.entries(value).sort(([one], [other]) => compareCodePoints(one, other));
  if (entries.length === 0) return '{}';
  const lines = entries.map(
    ([key, item]) => `${inner}${stringText(key)}: ${pythonJson(item, inner)}`,
  );
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

/** Python's `repr` of a float: an exponent below 1e-4 and from 1e16 on, of at least two digits; else a decimal point. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no JSON form`);
  const [mantissa = '0', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? '-' : '+';
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${Object.is(value, -0) ? '-0' : text}.0`;
}

function stringText(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) =>
    unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The order in which Python sorts texts. */
export function compareCodePoints(one: string, other: string): number {
  const [a, b] = [[...one], [...other]];
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const difference = (a[i]?.codePointAt(0) ?? 0) - (b[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
