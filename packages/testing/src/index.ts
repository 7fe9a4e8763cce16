export { testFiles, type FilesCases } from './test-files.ts';
export { testDevice, type TestDeviceOptions } from './test-device.ts';
export { testDatasetAdapter, type DatasetAdapterCases } from './test-dataset-adapter.ts';
export { testPlugin, type TestedPlugin } from './test-plugin.ts';
export { testMetric, type MetricCase } from './test-metric.ts';
export { testPeftMethod } from './test-peft-method.ts';
export type { PeftMethodSuite } from './peft/suite.ts';
export { tinyModel, tinyModelNames, type TinyModelName } from './models/tiny-model.ts';
export { perturbed } from './peft/perturb.ts';
export { testReadAdapter, type ReadAdapterCase } from './peft/read-adapter.ts';
export { testWrittenAdapter, type WrittenAdapterCase } from './peft/written-adapter.ts';
export { readExpectedLogits, type ExpectedLogits } from './peft/expected-logits.ts';
export { testArchitecture, type ArchitectureSuite } from './test-architecture.ts';
export {
  testDataFilter,
  type DataFilterCase,
  type DataFilterCases,
} from './test-data-filter.ts';
export { testDataSource, type DataSourceCases } from './test-data-source.ts';
export { testEvaluationTask } from './test-evaluation-task.ts';
export { testObjective } from './test-objective.ts';
export type { ObjectiveCase, TestedObjective } from './objective/tested-objective.ts';
export { testOptimizer, type TestedOptimizer } from './test-optimizer.ts';
export { testPromptTemplate, type PromptTemplateCase } from './test-prompt-template.ts';
export { testSchedule, type ScheduleCase, type TestedSchedule } from './test-schedule.ts';
