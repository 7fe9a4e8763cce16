import type { Static, TUnsafe } from 'typebox';
import * as Type from 'typebox/type';

const step = Type.Integer({ minimum: 0, description: 'Optimizer steps done.' });
const time = Type.Optional(Type.String({ description: 'When, as an ISO 8601 date.' }));

const scoreSchema = Type.Object(
  {
    value: Type.Number({ description: 'The estimate.' }),
    low: Type.Optional(Type.Number({ description: 'Lower end of the 95 % confidence interval.' })),
    high: Type.Optional(Type.Number({ description: 'Upper end of the 95 % confidence interval.' })),
    n: Type.Optional(
      Type.Integer({ minimum: 0, description: 'How many instances or tokens it rests on.' }),
    ),
  },
  { additionalProperties: false },
);

const startSchema = Type.Object(
  {
    type: Type.Literal('start'),
    time,
    steps: Type.Integer({ minimum: 0, description: 'Optimizer steps planned.' }),
    model: Type.Optional(Type.String()),
    method: Type.Optional(Type.String()),
    device: Type.Optional(Type.String()),
    precision: Type.Optional(
      Type.String({
        description:
          'What frozen linear maps are computed in: float32, int16, int8, nf4 or blocks.',
      }),
    ),
    seed: Type.Optional(Type.Integer()),
    trainable_parameters: Type.Optional(Type.Integer({ minimum: 0 })),
    total_parameters: Type.Optional(Type.Integer({ minimum: 0 })),
    examples: Type.Optional(Type.Integer({ minimum: 0 })),
    version: Type.Optional(Type.String({ description: 'Version of Tunesmith.' })),
  },
  { additionalProperties: true, description: 'The run begins.' },
);

const stepSchema = Type.Object(
  {
    type: Type.Literal('step'),
    step,
    time,
    loss: Type.Number({
      description: 'Mean negative log-likelihood over the supervised tokens of the step, in nats.',
    }),
    grad_norm: Type.Number({ minimum: 0, description: 'Global gradient norm before clipping.' }),
    learning_rate: Type.Number({ minimum: 0 }),
    supervised_tokens: Type.Integer({ minimum: 0 }),
    tokens: Type.Optional(
      Type.Integer({ minimum: 0, description: 'All tokens of the step, without padding.' }),
    ),
    seconds: Type.Optional(Type.Number({ minimum: 0, description: 'Wall time of the step.' })),
    epoch: Type.Optional(Type.Number({ minimum: 0 })),
  },
  { additionalProperties: true, description: 'One optimizer step.' },
);

const scoresSchema = Type.Unsafe<Record<string, Score>>({
  type: 'object',
  additionalProperties: scoreSchema,
  description: 'Metric name to score.',
}) as TUnsafe<Record<string, Score>> & { type: 'object' };

const evaluationEventSchema = Type.Object(
  {
    type: Type.Literal('evaluation'),
    step,
    time,
    task: Type.String(),
    scores: scoresSchema,
    phase: Type.Optional(
      Type.Union([Type.Literal('before'), Type.Literal('during'), Type.Literal('after')]),
    ),
    cluster: Type.Optional(Type.String()),
  },
  { additionalProperties: true, description: 'A task was measured.' },
);

const checkpointSchema = Type.Object(
  {
    type: Type.Literal('checkpoint'),
    step,
    time,
    path: Type.String({ description: 'The folder, relative to the run.' }),
  },
  { additionalProperties: true, description: 'A checkpoint was written.' },
);

const bestSchema = Type.Object(
  {
    type: Type.Literal('best'),
    step,
    time,
    metric: Type.String(),
    value: Type.Number(),
    path: Type.Optional(Type.String()),
  },
  { additionalProperties: true, description: 'The best model so far.' },
);

const warningSchema = Type.Object(
  {
    type: Type.Literal('warning'),
    time,
    step: Type.Optional(step),
    code: Type.String(),
    message: Type.String(),
  },
  { additionalProperties: true, description: 'Something a person should look at.' },
);

const resumeSchema = Type.Object(
  { type: Type.Literal('resume'), step, time, path: Type.Optional(Type.String()) },
  {
    additionalProperties: true,
    description:
      'The run goes on from a checkpoint. Later lines replace earlier ones with a higher step.',
  },
);

const endSchema = Type.Object(
  {
    type: Type.Literal('end'),
    step,
    time,
    reason: Type.Union([
      Type.Literal('done'),
      Type.Literal('early-stopping'),
      Type.Literal('interrupted'),
      Type.Literal('failed'),
    ]),
    seconds: Type.Optional(Type.Number({ minimum: 0 })),
    message: Type.Optional(Type.String()),
  },
  { additionalProperties: true, description: 'The run is over.' },
);

const stage = Type.String({ description: 'The name of the stage.' });
const job = Type.String({ description: 'What the stage does: train, evaluate, merge.' });
const stageDigest = Type.String({
  description: 'SHA-256 of what the recipe says of the stage: a finished one is held to it.',
});

const fileRecordSchema = Type.Object(
  {
    size: Type.Integer({ minimum: 0, description: 'Bytes.' }),
    changed: Type.Number({
      description:
        'When the file last changed, in milliseconds since 1970, as its file system says.',
    }),
    sha256: Type.String(),
  },
  { additionalProperties: false, description: 'A file as it was.' },
);

type FileRecords = Readonly<Record<string, FileRecord>>;

const fileRecordsSchema = (description: string) =>
  Type.Optional(
    Type.Unsafe<FileRecords>({
      type: 'object',
      additionalProperties: fileRecordSchema,
      description,
    }) as TUnsafe<FileRecords> & { type: 'object' },
  );

const stageStartSchema = Type.Object(
  { type: Type.Literal('stage-start'), time, stage, job, recipe: stageDigest },
  { additionalProperties: true, description: 'A stage of a staged run begins, or goes on.' },
);

const stageEndSchema = Type.Object(
  {
    type: Type.Literal('stage-end'),
    time,
    stage,
    job,
    recipe: stageDigest,
    reason: Type.Union([Type.Literal('done'), Type.Literal('interrupted'), Type.Literal('failed')]),
    seconds: Type.Optional(Type.Number({ minimum: 0 })),
    message: Type.Optional(Type.String()),
    wrote: fileRecordsSchema(
      'The files that the finished stage left, by their paths in its folder: they are held to this when the run goes on.',
    ),
    read: fileRecordsSchema(
      'The files that the finished stage read and no stage wrote, by their paths.',
    ),
  },
  { additionalProperties: true, description: 'A stage of a staged run is over.' },
);

/** JSON Schema of one line of a run's `events.jsonl`, told apart by `type`. */
export const runEventSchema = Type.Union(
  [
    startSchema,
    stepSchema,
    evaluationEventSchema,
    checkpointSchema,
    bestSchema,
    warningSchema,
    resumeSchema,
    endSchema,
    stageStartSchema,
    stageEndSchema,
  ],
  {
    $id: 'https://tunesmith.dev/schema/1/run-event.schema.json',
    title: 'Tunesmith run event',
    description: "One line of a run's events.jsonl.",
  },
);

/** An estimate with its 95 % confidence interval. */
export type Score = Static<typeof scoreSchema>;

/** A file as it was when it was recorded. */
export type FileRecord = Static<typeof fileRecordSchema>;

/** One line of a run's `events.jsonl`, told apart by `type`. */
export type RunEvent = Static<typeof runEventSchema>;

/** The event of one optimizer step. */
export type StepEvent = Static<typeof stepSchema>;

/** The event of one measured task. */
export type EvaluationEvent = Static<typeof evaluationEventSchema>;
