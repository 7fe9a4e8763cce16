import { library } from '@tunesmith/config/tsup';

export default library({
  entry: {
    command: 'src/command.ts',
    step: 'src/train/step.ts',
    pass: 'src/train/pass.ts',
    generation: 'src/generation/ours.ts',
    methods: 'src/methods/index.ts',
    'run-one': 'src/methods/run-one.ts',
    checkpoint: 'src/memory/checkpoint.ts',
    'token-thread': 'src/tokens/thread.ts',
    'full-steps': 'src/memory/full-steps.ts',
  },
  dts: false,
});
