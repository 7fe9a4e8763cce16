import { Type, type Static } from 'typebox';

const rule = {
  strategy: Type.Optional(
    Type.Union([Type.Literal('proportional'), Type.Literal('equal')], {
      description: 'By the number of rows, which is the default, or all alike.',
    }),
  ),
  maximum: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'Most rows of a part that count.' }),
  ),
  scale: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'What row counts are multiplied by first.' }),
  ),
  temperature: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      description: 'Rates are raised to 1/temperature: above 1 small parts gain.',
    }),
  ),
};

const group = (groups: object) =>
  Type.Object(
    {
      weight: Type.Optional(
        Type.Number({
          minimum: 0,
          description: 'Its rate beside the other parts; by its rows where it has none.',
        }),
      ),
      ...rule,
      ...groups,
    },
    { additionalProperties: false },
  );

const groupsOf = <Group extends ReturnType<typeof group>>(inner: Group) => ({
  groups: Type.Optional(
    Type.Record(Type.String(), inner, { description: 'Mixtures within this one, by name.' }),
  ),
});

/** JSON Schema of a recipe's `mixing`: how the entries of its data share the training rows. */
export const mixingSchema = Type.Object(
  {
    preset: Type.Optional(
      Type.Union([Type.Literal('flan-2021'), Type.Literal('flan-2022')], {
        description:
          'A mixture of the papers: flan-2021 takes at most 3,000 rows of a task into account; flan-2022 has the groups flan2021, t0, niv2, cot/direct, cot/inverted, dialog/direct and dialog/inverted. Other keys stand beside it and win.',
      }),
    ),
    rows: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'Rows of an epoch; as many as the entries have by default. An entry that is used up begins anew.',
      }),
    ),
    ...rule,
    ...groupsOf(group(groupsOf(group(groupsOf(group({})))))),
  },
  {
    additionalProperties: false,
    description:
      'How the entries of the data share the training rows: drawn one after another by the seed, instead of one entry after the other.',
  },
);

/** How the entries of a recipe's data share the training rows. */
export type Mixing = Static<typeof mixingSchema>;
