import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Names of the devices that suites run on. */
    readonly devices: readonly string[];
  }
}
