import { devices } from '@tunesmith/runtime/node';
import { definePlugin, type Plugin } from '@tunesmith/schema';
import { fileQueue } from '@tunesmith/synthesis/node';
import { aiSdk } from '../chat-models/ai-sdk.ts';
import { local } from '../chat-models/local.ts';
import { bullmqQueue } from '../queues/bullmq.ts';
import { builtInPlugins } from './built-in.ts';

/** Everything that ships with Tunesmith, as plugins like any other: with the devices of Node. */
export const nodePlugins: readonly Plugin[] = [
  ...builtInPlugins,
  definePlugin('chat-model', local),
  definePlugin('chat-model', aiSdk),
  definePlugin('queue', fileQueue),
  definePlugin('queue', bullmqQueue),
  ...devices.map((device) => definePlugin('device', device)),
];
