export { testDevice, type TestDeviceOptions } from './test-device.ts';
export { testDatasetAdapter, type DatasetAdapterCases } from './test-dataset-adapter.ts';
export { testMetric, type MetricCase } from './test-metric.ts';
export { testPeftMethod, type PeftMethodSuite } from './test-peft-method.ts';
export { tinyModel, tinyModelNames, type TinyModelName } from './models/tiny-model.ts';
export { perturbed } from './peft/perturb.ts';
export { testWrittenAdapter, type WrittenAdapterCase } from './peft/written-adapter.ts';
export { readExpectedLogits, type ExpectedLogits } from './peft/expected-logits.ts';
