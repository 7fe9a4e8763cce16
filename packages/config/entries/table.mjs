/**
 * Packages whose first entry needs Node, by the reason; all others bundle for a browser.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const nodeOnly = {
  '@tunesmith/bench': 'measures processes',
  '@tunesmith/testing': 'suites that run under vitest',
  'create-tunesmith-plugin': 'writes a folder',
};
