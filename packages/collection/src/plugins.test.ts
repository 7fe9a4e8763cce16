import { testDataSource } from '@tunesmith/testing';
import { collectionSource } from './collection.ts';
import './node.ts';

testDataSource(collectionSource, {
  options: { per_task: 40 },
  refused: [
    { options: { per_task: 0 }, message: 'per_task is 0' },
    { options: { pertask: 5 }, message: '"pertask" is not a known key' },
    { options: { tasks: ['plurals'] }, message: 'tasks[0] is "plurals"' },
  ],
});
