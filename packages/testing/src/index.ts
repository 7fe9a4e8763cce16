export { testMetric, type MetricCase } from './test-metric.ts';
