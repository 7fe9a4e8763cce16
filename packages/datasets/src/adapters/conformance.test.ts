import { testDatasetAdapter } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { builtinAdapters } from './builtin.ts';
import { casesByName } from './test-support/cases.ts';

test('every built-in adapter is tried, and nothing else', () => {
  expect(Object.keys(casesByName).toSorted()).toEqual(
    builtinAdapters.map(({ name }) => name).toSorted(),
  );
});

for (const adapter of builtinAdapters) testDatasetAdapter(adapter, casesByName[adapter.name]!);
