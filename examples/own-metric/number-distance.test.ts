import { testMetric } from '@tunesmith/testing';
import { numberDistance } from './number-distance.js';

testMetric(numberDistance, [
  { prediction: 'It is 15.', references: ['15'], score: 0 },
  { prediction: '12', references: ['15'], score: 0.2 },
  { prediction: 'no idea', references: ['15'], score: 1 },
  { prediction: '40', references: ['15', '50'], score: 0.2 },
]);
