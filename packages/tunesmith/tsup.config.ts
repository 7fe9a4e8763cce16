import { library } from '@tunesmith/config/tsup';

export default library({
  entry: [
    'src/index.ts',
    'src/node.ts',
    'src/command.ts',
    'src/attendant-thread.ts',
    'src/encoder-thread.ts',
  ],
});
