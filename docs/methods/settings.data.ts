import { adapter, adapterFusion, ia3, parallelAdapter, pfeiffer } from '@tunesmith/adapter';
import { bitfit, freeze, layerNormTuning } from '@tunesmith/bitfit';
import { hint } from '@tunesmith/hint';
import { intrinsicDimension, intrinsicPrompt, promptSubspace } from '@tunesmith/intrinsic-prompt';
import { adalora, lora, vera } from '@tunesmith/lora';
import { multiTaskPromptTuning, prefixTuning, prompt, pTuning } from '@tunesmith/prompt';
import { settingsOf, type Setting } from '../.vitepress/settings.ts';

declare const data: Record<string, Setting[]>;
export { data };

export default {
  load: (): Record<string, Setting[]> =>
    Object.fromEntries(
      [
        lora,
        adalora,
        vera,
        adapter,
        pfeiffer,
        parallelAdapter,
        adapterFusion,
        ia3,
        prompt,
        prefixTuning,
        pTuning,
        multiTaskPromptTuning,
        bitfit,
        layerNormTuning,
        freeze,
        promptSubspace,
        intrinsicPrompt,
        intrinsicDimension,
        hint,
      ].map(({ name, options }) => [name, settingsOf(options as Parameters<typeof settingsOf>[0])]),
    ),
};
