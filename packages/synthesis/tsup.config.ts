import { library } from '@tunesmith/config/tsup';

export default library();
