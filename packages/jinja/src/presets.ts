import { chatJson } from './filters/json.ts';
import { builtinFilters } from './filters/filters.ts';
import { promptsourceFilters } from './filters/promptsource.ts';
import { builtinGlobals, chatGlobals, promptsourceGlobals } from './globals.ts';
import type { Language } from './language.ts';
import { builtin } from './signature.ts';

/**
 * Chat templates as transformers 5 renders them: jinja2's immutable sandbox with trimmed blocks (`trim_blocks`,
 * `lstrip_blocks`), `break` and `continue`, `{% generation %}`, and the functions `raise_exception`, `strftime_now` and
 * `tojson`.
 */
export const chatLanguage: Language = {
  name: 'chat',
  trimming: { trimBlocks: true, stripBlocks: true, keepLastBreak: false },
  loopControls: true,
  generation: true,
  immutable: true,
  strictUndefined: false,
  filters: new Map(
    Object.entries({
      ...builtinFilters,
      tojson: builtin('[ensure_ascii indent separators sort_keys]', chatJson),
    }),
  ),
  globals: new Map([...builtinGlobals, ...chatGlobals]),
};

/**
 * Templates of promptsource: jinja2's plain environment, where lists and dictionaries can be changed, with `zip` and the
 * filters `choice`, `most_frequent` and `highlight`.
 */
export const promptsourceLanguage: Language = {
  name: 'promptsource',
  trimming: { trimBlocks: false, stripBlocks: false, keepLastBreak: false },
  loopControls: false,
  generation: false,
  immutable: false,
  strictUndefined: false,
  filters: new Map(Object.entries({ ...builtinFilters, ...promptsourceFilters })),
  globals: new Map([...builtinGlobals, ...promptsourceGlobals]),
};

/**
 * Templates of lm-evaluation-harness's tasks: what is missing is an error (`StrictUndefined`), and a line break at the end
 * stays. Its filter `regex_replace` is not there: a template that uses it ends as with any unknown filter. Python's
 * expressions are not JavaScript's, nothing here could bound the time that one takes, and no task of the harness uses it.
 */
export const evaluationLanguage: Language = {
  name: 'lm-eval',
  trimming: { trimBlocks: false, stripBlocks: false, keepLastBreak: true },
  loopControls: false,
  generation: false,
  immutable: false,
  strictUndefined: true,
  filters: new Map(Object.entries(builtinFilters)),
  globals: new Map(builtinGlobals),
};
