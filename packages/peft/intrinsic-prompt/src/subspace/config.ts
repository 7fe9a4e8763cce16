import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import type { HostTensor } from '@tunesmith/runtime';

const whole = Type.Integer({ minimum: 1 });

/** The configuration of subspace finding, as a recipe's `method` holds it beside `name: prompt-subspace`. */
export const subspaceConfigSchema = Type.Object(
  {
    dimensions: Type.Integer({
      minimum: 1,
      default: 250,
      description: 'How many numbers (d) a prompt is squeezed into. The paper tried 5 to 250.',
    }),
    hidden: Type.Union([Type.Null(), whole], {
      default: null,
      description:
        "Width of the decoder's hidden layer; null: the model's, which is 768 in the paper.",
    }),
    reconstruction: Type.Number({
      minimum: 0,
      default: 200,
      description: 'Weight of mean((P̂ − P)²) over the prompts, beside the loss of the tasks.',
    }),
    task_key: Type.String({
      minLength: 1,
      default: 'task_id',
      description:
        "The key of a record's meta that holds its task's number: the place of the task's prompt in the artifact `prompts`, from 0.",
    }),
    virtual_tokens: Type.Union([Type.Null(), whole], {
      default: null,
      description: 'How many vectors a prompt has; null: as the artifact `prompts` says.',
    }),
    tasks: Type.Union([Type.Null(), whole], {
      default: null,
      description: 'How many tasks there are; null: as many as the artifact `prompts` has.',
    }),
  },
  {
    additionalProperties: false,
    description:
      'Multi-task subspace finding: an auto-encoder over the prompts of many tasks, the first stage of intrinsic prompt tuning.',
  },
);

/** A complete configuration of subspace finding. */
export type SubspaceConfig = Static<typeof subspaceConfigSchema> & {
  /** The prompts `[n, width]` of the artifact, once read. */
  readonly prompts?: readonly HostTensor[];
};
