/**
 * The one tfjs instance of the process.
 *
 * Every package takes `tf` from here: a second copy of tfjs has its own engine, its own backends and its own tape, and
 * tensors do not cross between copies. The `@tensorflow/tfjs` union package is used because it registers gradients and
 * chained operations in Node as well; `@tensorflow/tfjs-core` alone resolves to a bundle without them there.
 */
import * as tf from '@tensorflow/tfjs';

// Devices activate the backend they need; until one does, tfjs shall not choose by itself what this machine happens to have.
if (!tf.getBackend()) void tf.setBackend('cpu');

// The cpu backend advises, on its first use in Node, to install another package. It is our reference device: no advice.
const reference = tf.findBackend('cpu') as { firstUse?: boolean } | null;
if (reference !== null) reference.firstUse = false;

export { tf };
