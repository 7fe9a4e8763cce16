#!/usr/bin/env node
// Apart from the built code, so that an install can link the command before anything is built.
import '../dist/command.js';
