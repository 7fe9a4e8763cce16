import { defineConfig } from 'vitest/config';

const conditions = ['tunesmith-source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/**/*.test.ts', 'examples/**/*.test.ts'],
    testTimeout: 60_000,
    restoreMocks: true,
  },
});
