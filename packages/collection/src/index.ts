export { baseline, type Baseline } from './baseline.ts';
export {
  collection,
  collectionSource,
  type CollectionOptions,
  type CollectionSplit,
  type PlanLine,
} from './collection.ts';
export { heldOutShare, isHeldOut } from './held-out.ts';
export { instances, splits, type InstanceRequest, type Split } from './instances.ts';
export { clusters, findTask, heldOutCluster, tasks, type Cluster } from './tasks.ts';
export { loadAnnotations } from './sources/package-texts.ts';
export { wordnet, type PartOfSpeech, type Pointer, type Synset } from './sources/wordnet.ts';
export { plugins } from './plugins.ts';
