import * as Type from 'typebox/type';

const names = Type.Array(Type.String({ minLength: 1 }));

/** The settings that say what is adapted and what trains beside it: the same words in each method of this package. */
export const targetOptions = {
  targets: Type.Union(
    [
      Type.Null(),
      Type.String({ minLength: 1 }),
      Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
    ],
    {
      default: null,
      description:
        "Linear maps to adapt: names or their last parts, one regular expression matching whole names, or 'all-linear' (all but the head). Null: the usual choice for the model type.",
    },
  ),
  exclude_modules: Type.Union([Type.Null(), Type.String({ minLength: 1 }), names], {
    default: null,
    description: 'Targets to leave out, written like targets.',
  }),
  layers_to_transform: Type.Union([Type.Null(), Type.Array(Type.Integer({ minimum: 0 }))], {
    default: null,
    description: 'Only these layers, counted from 0. Null: all.',
  }),
  layers_pattern: Type.Union([Type.Null(), Type.String({ minLength: 1 }), names], {
    default: null,
    description:
      'Name of the list of layers that layers_to_transform counts, where a model has several.',
  }),
  modules_to_save: Type.Union([Type.Null(), names], {
    default: null,
    description:
      'Modules of the base model to train in full and store with the adapter. Null: the classifier of a model that classifies, else none.',
  }),
  dropout: Type.Number({
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0,
    description: "Share of the adapter's input that is zeroed while training.",
  }),
};
