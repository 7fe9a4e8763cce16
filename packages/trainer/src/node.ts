export { openTraining, train, type FolderTrainOptions } from './node/train.ts';
export { folderCheckpoints } from './node/folder-checkpoints.ts';
export { fileDigest } from './node/checksums.ts';
export {
  listCheckpoints,
  readCheckpoint,
  removeCheckpoints,
  writeCheckpoint,
} from './node/checkpoint-folder.ts';
export { openTokenStream, type TokenStreamOptions } from './node/token-stream.ts';
export { createEncoder, type EncoderOptions } from './node/encoder.ts';
export {
  openEncodingThreads,
  serveEncoding,
  type EncodingThreads,
} from './node/encoding-threads.ts';
export { tokenShards, type TokenShard, type TokenShards } from './node/token-shards.ts';
