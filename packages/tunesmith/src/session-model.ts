import {
  createLanguageModel,
  type LanguageModel,
  type LanguageModelOptions,
} from '@tunesmith/models';
import {
  adapterFeeds,
  composeGenerated,
  composeHooks,
  recordInputs,
  type Adapter,
} from '@tunesmith/peft';
import { virtualTokensOf } from './adapters.ts';
import type { Session } from './session.ts';

/** The session's model as a language model, its adapters on; whoever asked for it disposes it. */
export async function languageModelOf(
  session: Session,
  adapters: readonly Adapter[] = session.adapters,
  more: Pick<LanguageModelOptions, 'prefixCacheBytes'> = {},
): Promise<LanguageModel> {
  const { placement, tokenizer } = session;
  const switches = adapters.map((adapter) => ({ adapter }));
  return createLanguageModel({
    ...more,
    placed: await placement.get(),
    hooksFrom: composeHooks(switches),
    generateFrom: composeGenerated(switches),
    extra: adapterFeeds(adapters),
    virtualTokens: virtualTokensOf(adapters),
    inputs: recordInputs(adapters),
    ...(tokenizer ? { tokenizer } : {}),
  });
}

/** Lets `use` work with the session's model as a language model, and gives back what was compiled for it. */
export async function withLanguageModel<Result>(
  session: Session,
  use: (languageModel: LanguageModel) => Promise<Result>,
  adapters: readonly Adapter[] = session.adapters,
): Promise<Result> {
  const languageModel = await languageModelOf(session, adapters);
  try {
    return await use(languageModel);
  } finally {
    await languageModel.dispose();
  }
}
