import { findProblems, pluginManifestSchema, type PluginKind } from '@tunesmith/schema';
import { expect } from 'vitest';

/** Expects what every plugin says about itself: the contract's version and a name that a recipe can hold. */
export function expectManifest(
  kind: PluginKind,
  plugin: { specVersion: 1 | 2; name: string },
): void {
  const { specVersion, name } = plugin;
  expect(findProblems(pluginManifestSchema, { specVersion, name, kind })).toEqual([]);
}
