// Reviews of a restaurant in a small language of their own, the same ones each time.

const things = 'soup bread coffee pizza fish cake'.split(' ');
const adjectives = {
  positive: 'great good lovely tasty fine perfect'.split(' '),
  negative: 'terrible bad awful cold poor stale'.split(' '),
};
const closings = {
  positive: ['we smiled', 'we loved it', 'we will return', 'what luck'],
  negative: ['we left', 'we cried', 'we complained', 'what shame'],
};
/** @type {((review: string, word: string) => string)[]} */
const says = [
  (review, word) => `${review} in short , it was ${word} .`,
  (review, word) => `${review} to us it was ${word} .`,
  (review, word) => `just ${word} ! ${review}`,
];

/**
 * Draws from lists, as follows from a seed (Mulberry32).
 *
 * @param {number} seed
 */
function chooserFrom(seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** @type {<Item>(list: readonly Item[]) => Item} */
  return (list) => /** @type {any} */ (list[Math.floor(random() * list.length)]);
}

/** @typedef {{ review: string, label: keyof typeof adjectives }} Review */

/**
 * Reviews with their label, half of them positive.
 *
 * @param {number} count
 * @param {number} seed
 * @returns {Review[]}
 */
export function reviews(count, seed) {
  const one = chooserFrom(seed);
  return Array.from({ length: count }, (_, i) => {
    /** @type {Review['label'][]} */
    const [label = 'positive', other = 'negative'] =
      i % 2 === 0 ? ['positive', 'negative'] : ['negative', 'positive'];
    // nobody likes everything
    const statement = () =>
      `the ${one(things)} was ${one(adjectives[one([label, label, label, other])])} .`;
    return { review: `${statement()} ${statement()} ${one(closings[label])} .`, label };
  });
}

/**
 * Texts without labels that a model can learn the language from: each says in a word of its own how it was.
 *
 * @param {number} count
 * @param {number} seed
 */
export function texts(count, seed) {
  const one = chooserFrom(seed);
  return reviews(count, seed).map(({ review, label }) => one(says)(review, one(adjectives[label])));
}

/** Every word of the language. */
export const words = [
  ...new Set(
    [
      ...things.map((thing) => `the ${thing} was`),
      ...[adjectives, closings].flatMap((kinds) => Object.values(kinds).flat()),
      ...says.map((say) => say('.', '.')),
    ].flatMap((text) => text.split(' ')),
  ),
];
