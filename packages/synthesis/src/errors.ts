import { TunesmithError, type TunesmithErrorDetails } from '@tunesmith/schema';

/** An error of this package. */
export function refuse(details: Omit<TunesmithErrorDetails, 'package'>): TunesmithError {
  return new TunesmithError({ package: '@tunesmith/synthesis', ...details });
}

/** A prompt begins the answer, and the model begins every answer itself. */
export function cannotGoOn(model: string, accepted: string): TunesmithError {
  return refuse({
    code: 'cannot-go-on',
    message: `a prompt begins the answer, and "${model}" is not known to go on with one`,
    value: model,
    accepted: `${accepted}; or prompts without {answer begins}`,
  });
}
