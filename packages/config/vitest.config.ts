import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { CountReporter } from './reporter/reporter.mjs';

// Packages of ours resolve to their source, so no build stands between a change and its tests.
const conditions = ['tunesmith-source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/**/*.test.ts', 'examples/**/*.test.ts'],
    globalSetup: fileURLToPath(new URL('temporary/folder.ts', import.meta.url)),
    setupFiles: fileURLToPath(
      new URL('../testing/src/test-support/held-device.ts', import.meta.url),
    ),
    testTimeout: 60_000,
    // Test files of one worker share their modules: loading tensors and runtimes anew for each takes longer than the tests.
    isolate: false,
    // One for each processor: many tests wait for a command that they started.
    maxWorkers: availableParallelism(),
    restoreMocks: true,
    // No test asks the hub of the world for anything, nor with anybody's token.
    env: { HF_HUB_OFFLINE: '1', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1', HF_TOKEN: '' },
    // The devices that suites run on, such as `check:device webgpu` names.
    provide: { devices: (process.env['TUNESMITH_DEVICES'] ?? 'tfjs-cpu,cpu').split(',') },
    reporters: ['default', new CountReporter()],
  },
});
