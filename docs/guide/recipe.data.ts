import { recipeSchema } from '@tunesmith/schema';
import { settingsOf, type Setting } from '../.vitepress/settings.ts';

declare const data: Setting[];
export { data };

export default {
  load: (): Setting[] => settingsOf(recipeSchema as Parameters<typeof settingsOf>[0]),
};
