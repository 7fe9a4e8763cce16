import { dottedPath, type Problem } from '../validation/problems.ts';

/** Whether every stage of a recipe names its model, or is one that others write for. */
export function namesModels(given: unknown): boolean {
  const { stages } = Object(given) as { stages?: unknown };
  if (!Array.isArray(stages) || stages.length === 0) return false;
  return stages.every((stage: unknown) => {
    const { model, chat_model: chatModel, job } = Object(stage) as Record<string, unknown>;
    return (
      model !== undefined || job === 'label' || (job === 'synthesize' && chatModel !== undefined)
    );
  });
}

/** The problem of a recipe without a model: where a stage of it writes data, what is missing is what writes. */
export function missingWriter(
  problem: Problem,
  given: unknown,
  written: (path: readonly string[]) => string[],
): Problem {
  const { stages } = Object(given) as { stages?: unknown };
  if (problem.kind !== 'missing' || problem.path.join() !== 'model' || !Array.isArray(stages))
    return problem;
  const index = stages.findIndex((stage: unknown) => {
    const { model, chat_model: chatModel, job } = Object(stage) as Record<string, unknown>;
    return job === 'synthesize' && model === undefined && chatModel === undefined;
  });
  if (index < 0) return problem;
  const path = written(['stages', `${index}`, 'chat_model']);
  return {
    ...problem,
    path,
    message: `${dottedPath(path)} is missing`,
    accepted:
      'a chat model, such as { name: openai, model: … }; or model, a checkpoint that answers here',
  };
}
