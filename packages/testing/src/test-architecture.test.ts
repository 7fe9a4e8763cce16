import { tinyModel, tinyModelNames } from './models/tiny-model.ts';
import { testArchitecture } from './test-architecture.ts';

for (const label of tinyModelNames) {
  const { architecture, spec } = tinyModel(label);
  testArchitecture({ architecture, configuration: spec.configuration, label });
}
