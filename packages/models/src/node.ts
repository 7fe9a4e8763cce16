export { loadModel, loadTokenizer, modelFiles } from './node/load.ts';
export {
  openSafetensors,
  readSafetensors,
  readWeights,
  writeSafetensors,
} from './node/safetensors.ts';
export { saveModel } from './node/save.ts';
export {
  fromHub,
  pinOnHub,
  type DownloadProgress,
  type FromHub,
  type HubOptions,
} from './node/hub/from-hub.ts';
export { hubDataset, type HubDataset } from './node/hub/dataset.ts';
export { parseHubName, type HubName } from './node/hub/hub-name.ts';
export { modelNeeds, tokenizerNeeds, type HubNeeds, type Needed } from './node/hub/needs.ts';
export { hubSettings, type HubSettings } from './node/hub/settings.ts';
export type { Patience } from './node/hub/patience.ts';
