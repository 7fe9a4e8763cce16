import type { EvaluationTask, Score } from '@tunesmith/schema';
import type { Measure, Observation } from './measures.ts';

/** What was seen on one instance. */
export interface InstanceResult {
  id: string;
  /** The evaluation task that asked. */
  source: string;
  kind: EvaluationTask['kind'];
  /** The instance's own task (`meta.task`), else the evaluation task. */
  task: string;
  /** The instance's own cluster (`meta.cluster`), else that of the evaluation task. */
  cluster?: string;
  /** Measure to what this instance adds. */
  observations: Record<string, Observation>;
  /** The answer that was generated, or the choice with the highest log-likelihood. */
  prediction?: string;
  /** What would have been right. */
  references: string[];
  /** Number of choices, where there are some. */
  choices?: number;
}

/** The scores of one task, one cluster, or everything. */
export interface GroupResult {
  name: string;
  /** The cluster of a task. */
  cluster?: string;
  /** Different instances that the scores rest on. */
  instances: number;
  scores: Record<string, Score>;
  /** Accuracy expected of a uniform guess among the choices, where there are some. */
  chance?: number;
}

/** What a model can do, as measured. Plain data: it can be written as JSON and compared later. */
export interface Evaluation {
  measures: Record<string, Measure>;
  tasks: GroupResult[];
  clusters: GroupResult[];
  overall: GroupResult;
  instances: InstanceResult[];
}
