import { definePlugin, type Plugin } from '@tunesmith/schema';
import { collectionSource } from './collection.ts';

/** What a recipe gets from `plugins: ['@tunesmith/collection']`: the data source `collection`. */
export const plugins: readonly Plugin[] = [definePlugin('data-source', collectionSource)];
