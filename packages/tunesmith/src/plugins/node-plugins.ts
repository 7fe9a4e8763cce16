import { devices } from '@tunesmith/runtime/node';
import { definePlugin, type Plugin } from '@tunesmith/schema';
import { builtInPlugins } from './built-in.ts';

/** Everything that ships with Tunesmith, as plugins like any other: with the devices of Node. */
export const nodePlugins: readonly Plugin[] = [
  ...builtInPlugins,
  ...devices.map((device) => definePlugin('device', device)),
];
