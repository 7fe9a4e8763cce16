import { tf } from '../tf.ts';
import { createGraphBackend, graphBackend } from './backend.ts';
import { defineElementwise } from './kernels/elementwise.ts';
import { defineIndexing } from './kernels/indexing.ts';
import { defineProducts } from './kernels/matmul.ts';
import { defineReductions } from './kernels/reduction.ts';
import { defineShapes } from './kernels/shape.ts';
import { defineRecord } from './record.ts';
import { defineUnsupported } from './unsupported.ts';

/** Registers the graph backend and its kernels with tfjs, once. It is never chosen by tfjs itself (priority 0). */
export function registerGraphBackend(): void {
  if (tf.findBackendFactory(graphBackend) !== null) return;
  tf.registerBackend(graphBackend, createGraphBackend, 0);
  defineElementwise();
  defineProducts();
  defineReductions();
  defineShapes();
  defineIndexing();
  defineRecord();
  defineUnsupported();
}
