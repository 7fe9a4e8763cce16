import { testPeftMethod } from '@tunesmith/testing';
import { taskVectors } from './task-vectors.js';

testPeftMethod({
  method: taskVectors,
  config: { tasks: 3, radius: 0.5 },
  records: [{ task_number: 0 }, { task_number: 2 }],
  parameterCount: ({ sites, width }) =>
    3 *
    width *
    sites.filter((site) => site.kind === 'sublayer' && site.role === 'feed_forward').length,
});
