/** A thread of `bench tokens`: makes examples as the benchmark's own objective does. */
import { workerData } from 'node:worker_threads';
import { serveEncoding } from '@tunesmith/trainer/node';
import { objectiveOf } from './objective.ts';

const { model, maximumLength } = workerData as { model: string; maximumLength: number };
serveEncoding(await objectiveOf(model, maximumLength));
