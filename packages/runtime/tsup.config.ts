import { library } from '@tunesmith/config/tsup';

// The types of tfjs become part of ours, as its code does.
export default library({ types: { resolve: [/^@tensorflow\//, /^\.\.?\//] } });
