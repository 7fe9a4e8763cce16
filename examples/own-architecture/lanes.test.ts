import { testArchitecture } from '@tunesmith/testing';
import { configuration } from './configuration.js';
import { lanes } from './lanes.js';

testArchitecture({ architecture: lanes, configuration });
