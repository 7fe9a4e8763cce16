import { embedding } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import { createHead } from '../../forward/head.ts';
import { refuseLayerDrop } from '../../forward/layer-drop.ts';
import { openPass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Architecture } from '../../model.ts';
import { firstPositionRow, optPlan } from './plan.ts';

/**
 * OPT: layer norms before the sub-layers, or after each addition without `do_layer_norm_before`; learned positions, counted over
 * the tokens that are seen; an embedding that may be narrower than the stream.
 *
 * ```text
 * x ← project_in(embed(ids)) + position(2 + positions)             [batch, tokens, width]
 * x ← x + attention(norm(x));  x ← x + fc2(relu(fc1(norm(x))))     for each block
 * hidden = norm(x),   logits = lm_head(project_out(hidden))
 * ```
 *
 * Zhang et al., "OPT: Open Pre-trained Transformer Language Models" (2022).
 */
export const opt: Architecture = {
  specVersion: 2,
  name: 'opt',
  description: 'OPT: learned positions, biases, and an embedding that may be narrower.',
  modelTypes: ['opt'],
  optionalPrefix: 'model.',
  spec: (configuration) => optPlan(configuration).spec,
  forward(spec, scope, batch) {
    const { steps, finalNorm, positionWeight, projections } = optPlan(spec.configuration);
    refuseLayerDrop(spec, scope, ['layerdrop']);
    const pass = openPass(spec, scope, batch);
    const tokens = pass.embed(spec.embed);
    const rows = tf.add(batch.positions, tf.scalar(firstPositionRow, 'int32'));
    const positions = embedding(scope.parameter(positionWeight), rows);
    const embedded = projections ? scope.linear(projections.into, tokens) : tokens;
    const x = runSteps(pass, steps, tf.add(embedded, positions));
    return pass.result(finalNorm ? scope.norm(finalNorm, x) : x);
  },
  head(spec, scope) {
    const { projections } = optPlan(spec.configuration);
    if (!projections) return createHead(spec, scope);
    return createHead(spec, scope, {
      transform: (hidden) => scope.linear(projections.out, hidden),
    });
  },
};
