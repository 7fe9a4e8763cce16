import { builtInMethods } from 'tunesmith';
import { settingsOf, type Setting } from '../.vitepress/settings.ts';

declare const data: Record<string, Setting[]>;
export { data };

export default {
  load: (): Record<string, Setting[]> =>
    Object.fromEntries(
      builtInMethods.map(({ name, options }) => [
        name,
        settingsOf(options as Parameters<typeof settingsOf>[0]),
      ]),
    ),
};
