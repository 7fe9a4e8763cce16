/**
 * The one tfjs instance of the process: tfjs-core, its gradients and its CPU backend.
 *
 * Every package takes `tf` from here. The module is bundled from the packages of tfjs (`scripts/bundle-tfjs.mjs`), because
 * what Node resolves of tfjs-core alone has no gradients. Its types have functions only: `tf.mul(a, b)`,
 * not `a.mul(b)`.
 */
import * as tf from '../generated/tfjs.js';

// Devices activate the backend they need; until one does, tfjs shall not choose by itself what this machine happens to have.
if (!tf.getBackend()) void tf.setBackend('cpu');

// The cpu backend advises, on its first use in Node, to install another package. It is our reference device: no advice.
const reference = tf.findBackend('cpu') as { firstUse?: boolean } | null;
if (reference !== null) reference.firstUse = false;

export { tf };
