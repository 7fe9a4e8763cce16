import { definePlugin } from '@tunesmith/schema';
const m = (name, score) =>
  definePlugin('metric', {
    specVersion: 1,
    name,
    version: 1,
    description: 'd',
    range: [0, 1],
    higherIsBetter: true,
    score,
  });
export const plugins = [
  m('nan', () => NaN),
  m('big', () => 1e9),
  m('str', () => 'x'),
  m('thrower', () => {
    throw new Error('metric boom');
  }),
  m('asyncm', async () => 1),
  m('undef', () => {}),
];
