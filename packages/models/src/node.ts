export { loadModel, loadTokenizer, modelFiles } from './node/load.ts';
export {
  openSafetensors,
  readSafetensors,
  readWeights,
  writeSafetensors,
} from './node/safetensors.ts';
export { saveModel } from './node/save.ts';
