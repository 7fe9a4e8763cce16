import { unsupported } from './errors.ts';

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** Days since the first of January. */
function dayOfYear(date: Date): number {
  const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((day - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000);
}

/** Week of the year whose first full week begins on its first `first` (0 is Sunday); the days before are week 0. */
function week(date: Date, first: number): number {
  return Math.floor((dayOfYear(date) + 7 - ((date.getDay() - first + 7) % 7)) / 7);
}

/** Week and year of ISO 8601: weeks begin on Monday, the first has the year's first Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(date);
  thursday.setDate(date.getDate() + 4 - (date.getDay() || 7));
  return { year: thursday.getFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}

/** A number with the width it is filled up to and the character that fills it. */
type Padded = readonly [value: number, width: number, fill: string];

const numbers: Readonly<Record<string, (date: Date) => Padded>> = {
  Y: (date) => [date.getFullYear(), 1, '0'],
  y: (date) => [date.getFullYear() % 100, 2, '0'],
  C: (date) => [Math.floor(date.getFullYear() / 100), 2, '0'],
  m: (date) => [date.getMonth() + 1, 2, '0'],
  d: (date) => [date.getDate(), 2, '0'],
  e: (date) => [date.getDate(), 2, ' '],
  j: (date) => [dayOfYear(date) + 1, 3, '0'],
  H: (date) => [date.getHours(), 2, '0'],
  I: (date) => [date.getHours() % 12 || 12, 2, '0'],
  k: (date) => [date.getHours(), 2, ' '],
  l: (date) => [date.getHours() % 12 || 12, 2, ' '],
  M: (date) => [date.getMinutes(), 2, '0'],
  S: (date) => [date.getSeconds(), 2, '0'],
  w: (date) => [date.getDay(), 1, '0'],
  u: (date) => [date.getDay() || 7, 1, '0'],
  U: (date) => [week(date, 0), 2, '0'],
  W: (date) => [week(date, 1), 2, '0'],
  V: (date) => [isoWeek(date).week, 2, '0'],
  G: (date) => [isoWeek(date).year, 1, '0'],
  g: (date) => [isoWeek(date).year % 100, 2, '0'],
};

const texts: Readonly<Record<string, (date: Date) => string>> = {
  B: (date) => months[date.getMonth()]!,
  b: (date) => months[date.getMonth()]!.slice(0, 3),
  h: (date) => months[date.getMonth()]!.slice(0, 3),
  A: (date) => days[date.getDay()]!,
  a: (date) => days[date.getDay()]!.slice(0, 3),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getHours() < 12 ? 'am' : 'pm'),
  f: (date) => String(date.getMilliseconds() * 1000).padStart(6, '0'),
  // Python's clock here has no time zone.
  z: () => '',
  Z: () => '',
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
};

/** Directives that stand for others. */
const combined: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

/**
 * Formats a date as Python's `datetime.now().strftime` does, in English and local time on every machine. `%-d` leaves the
 * zeros in front of a number out.
 *
 * @throws JinjaError `unsupported` naming a directive that is not known
 */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)(.?)/gsu, (directive, dash: string, letter: string) => {
    if (Object.hasOwn(numbers, letter)) {
      const [value, width, fill] = numbers[letter]!(date);
      return dash ? String(value) : String(value).padStart(width, fill);
    }
    if (!dash && Object.hasOwn(texts, letter)) return texts[letter]!(date);
    if (!dash && Object.hasOwn(combined, letter)) return strftime(date, combined[letter]!);
    return unsupported(`the directive ${directive} of strftime_now`);
  });
}
