import {
  listOf,
  mentionOf,
  partsOf,
  TunesmithError,
  type ChatModel,
  type Mention,
  type Registry,
  type StageRecipe,
} from '@tunesmith/schema';
import type { SynthesizeOptions } from '@tunesmith/synthesis';
import type { WorkListener } from '../session.ts';

/**
 * Who answers, by role; several roles that name the same model share it.
 *
 * @param isNameEnough whether workers answer, so that of a model which says its name nothing more is opened
 */
export async function modelsOf(
  stage: StageRecipe,
  registry: Registry,
  open: Map<string, ChatModel>,
  onWork: WorkListener | undefined,
  isNameEnough = false,
): Promise<SynthesizeOptions['models']> {
  const reach = async (mention: Mention): Promise<ChatModel> => {
    const found = registry.choose('chat-model', mention);
    const key = JSON.stringify(mentionOf(found));
    const known = open.get(key);
    if (known) return known;
    const name = isNameEnough ? found.plugin.nameOf?.(found.options) : undefined;
    if (name === undefined) onWork?.(`opening the model ${partsOf(mention).name}`);
    const model = name === undefined ? await found.plugin.open(found.options) : named(name);
    open.set(key, model);
    return model;
  };
  const byRole: Record<string, ChatModel> = {};
  for (const [role, mention] of mentionsOf(stage)) {
    const model = await reach(mention);
    if (role === undefined) return model;
    byRole[role] = model;
  }
  return byRole;
}

/** A model that workers have. */
function named(name: string): ChatModel {
  return {
    name,
    respond: () => Promise.reject(new Error(`"${name}" answers in workers`)),
  };
}

/** The models that a stage mentions: one for all roles, or one by role; its own model where it mentions none. */
export function mentionsOf(
  stage: StageRecipe,
): readonly (readonly [role: string | undefined, mention: Mention])[] {
  const { chat_model: given, model, adapter, device, threads } = stage;
  if (given === undefined) {
    if (model === undefined) return [];
    const of = typeof model === 'string' ? { from: model } : model;
    const adapters = listOf(adapter);
    requireNoChoice(stage, adapters);
    const from = adapters.map((one) => one.from);
    return [
      [
        undefined,
        {
          name: 'local',
          model: of.from,
          ...(from.length > 0 ? { adapter: from.length === 1 ? from[0] : from } : {}),
          ...('precision' in of && typeof of.precision === 'string'
            ? { precision: of.precision }
            : {}),
          ...(typeof device === 'string' ? { device } : {}),
          ...(threads === undefined ? {} : { threads }),
        },
      ],
    ];
  }
  if (isMention(given)) return [[undefined, given]];
  return Object.entries(given);
}

/** Records choose among adapters by their meta; requests have none. */
function requireNoChoice(
  { name }: StageRecipe,
  adapters: readonly { readonly from: string; readonly by_record?: boolean }[],
): void {
  const chosen = adapters.find((one) => one.by_record === true);
  if (chosen === undefined) return;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'nothing-chooses',
    message: `stage "${name}": the adapter ${chosen.from} is for records that choose it, and requests choose none`,
    value: chosen.from,
    accepted: 'adapters that act on everything: by_record: false',
  });
}

function isMention(given: NonNullable<StageRecipe['chat_model']>): given is Mention {
  return typeof given === 'string' || typeof (given as { name?: unknown }).name === 'string';
}

/** Prices of a model that is not asked would be a cap that does not hold. */
export function requireNames({ name, budget }: StageRecipe, names: readonly string[]): void {
  const unknown = Object.keys(budget?.prices ?? {}).find((model) => !names.includes(model));
  if (unknown !== undefined)
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'unknown-name',
      message: `stage "${name}" has prices of "${unknown}", which it does not ask`,
      value: unknown,
      accepted: names,
    });
}
