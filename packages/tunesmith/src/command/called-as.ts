/**
 * How a person calls this command, so that what is told next can be typed as it stands: npx and a script of a workspace
 * put their names into the environment.
 */
export function calledAs(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment['npm_command'] === 'exec') return 'npx tunesmith';
  if (environment['npm_lifecycle_event'] === 'tunesmith') return 'npx --yes pnpm@10 tunesmith';
  return 'tunesmith';
}
