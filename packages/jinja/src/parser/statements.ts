import type { Expression, Signature, Statement, Target } from '../ast.ts';
import { unsupported } from '../errors.ts';
import type { Language } from '../language.ts';
import { tokenize } from '../lexer.ts';
import { parseExpression, parseFilter, parseTuple } from './expressions.ts';
import { streamOf, type TokenStream } from './stream.ts';

/** A template as parsed. */
export interface Program {
  readonly body: readonly Statement[];
  /** Whether it has `{% generation %}` blocks. */
  readonly hasGeneration: boolean;
}

/** What the statements of a block need to know about where they stand. */
interface Place {
  readonly stream: TokenStream;
  readonly language: Language;
  /** `break` and `continue` are allowed. */
  readonly inLoop: boolean;
  readonly found: { generation: boolean };
}

const refusedTags = ['extends', 'include', 'import', 'from', 'block', 'autoescape'];
const constants = new Set(['true', 'false', 'none', 'True', 'False', 'None']);

/** Parses a template. @throws JinjaError `syntax`, `limit`, or `unsupported` for a tag that this interpreter leaves out */
export function parse(template: string, language: Language): Program {
  const source = template.replace(/\r\n?/g, '\n');
  const stream = streamOf(tokenize(template, language.trimming), source);
  const found = { generation: false };
  const body = parseUntil({ stream, language, inLoop: false, found }, []);
  return { body, hasGeneration: found.generation };
}

/** Parses statements up to a tag of one of these names, which is left to be read; without names, up to the end. */
function parseUntil(place: Place, ends: readonly string[]): Statement[] {
  const { stream } = place;
  const body: Statement[] = [];
  for (;;) {
    const token = stream.current;
    if (token.type === 'eof') {
      return ends.length > 0 ? stream.fail(`the template ends before ${ends.at(-1)}`) : body;
    }
    const line = stream.line(token);
    stream.next();
    if (token.type === 'text') body.push({ kind: 'text', text: token.value });
    else if (token.value === '{{') {
      body.push({ kind: 'print', value: parseTuple(stream), line });
      stream.expect('}}');
    } else {
      if (ends.length > 0 && stream.atName(...ends)) return body;
      body.push(...stream.nested(() => parseStatement(place)).map((one) => ({ ...one, line })));
      stream.expect('%}');
    }
  }
}

/** Parses the body of a block from the end of its tag up to the name of the tag that ends it, which is read. */
function parseBody(place: Place, ...ends: string[]): { body: Statement[]; end: string } {
  place.stream.skip(':');
  place.stream.expect('%}');
  const body = parseUntil(place, ends);
  return { body, end: place.stream.name() };
}

function parseStatement(place: Place): Statement[] {
  const { stream } = place;
  const tag = stream.name();
  const own: Place = { ...place, inLoop: false };
  switch (tag) {
    case 'set':
      return [parseSet(place)];
    case 'for':
      return [parseFor(place)];
    case 'if':
      return [parseIf(place)];
    case 'with':
      return [parseWith(place)];
    case 'break':
    case 'continue':
      if (!place.language.loopControls) break;
      if (!place.inLoop) stream.fail(`${tag} outside a loop`);
      return [{ kind: tag }];
    case 'print': {
      const printed: Statement[] = [];
      while (stream.current.type !== 'end') {
        if (printed.length > 0) stream.expect(',');
        printed.push({ kind: 'print', value: parseExpression(stream) });
      }
      return printed;
    }
    case 'macro': {
      const name = parseTargetName(stream);
      const signature = parseSignature(stream);
      return [{ kind: 'macro', name, signature, body: parseBody(own, 'endmacro').body }];
    }
    case 'call': {
      const signature = stream.atSign('(') ? parseSignature(stream) : { names: [], defaults: [] };
      const call = parseExpression(stream);
      if (call.kind !== 'call') return stream.fail('expected a call');
      return [{ kind: 'call', signature, call, body: parseBody(own, 'endcall').body }];
    }
    case 'filter': {
      const filter = parseFilter(stream, undefined, true)!;
      return [{ kind: 'filtered', filter, body: parseBody(place, 'endfilter').body }];
    }
    case 'generation':
      if (!place.language.generation) break;
      place.found.generation = true;
      return [{ kind: 'generation', body: parseBody(own, 'endgeneration').body }];
  }
  if (refusedTags.includes(tag)) return unsupported(`the tag {% ${tag} %}`);
  return stream.fail(`unknown tag '${tag}'`);
}

function parseSet(place: Place): Statement {
  const { stream } = place;
  const target = parseTarget(stream, true);
  if (stream.skip('=')) return { kind: 'set', target, value: parseTuple(stream) };
  const filter = parseFilter(stream, undefined, false);
  return { kind: 'capture', target, filter, body: parseBody(place, 'endset').body };
}

function parseFor(place: Place): Statement {
  const { stream } = place;
  const target = parseTarget(stream, false);
  if (namesOf(target).includes('loop'))
    stream.fail("a loop cannot assign to its special variable 'loop'");
  stream.expect('in');
  const items = parseTuple(stream, { choice: false });
  const test = stream.skip('if') ? parseExpression(stream) : undefined;
  const recursive = stream.skip('recursive');
  const { body, end } = parseBody({ ...place, inLoop: true }, 'else', 'endfor');
  const inLoop = place.inLoop && !recursive;
  const otherwise = end === 'else' ? parseBody({ ...place, inLoop }, 'endfor').body : [];
  return { kind: 'for', target, items, test, recursive, body, otherwise };
}

function parseIf(place: Place): Statement {
  const { stream } = place;
  const branches: [Expression, Statement[]][] = [];
  for (;;) {
    const test = parseTuple(stream, { choice: false });
    const { body, end } = parseBody(place, 'elif', 'else', 'endif');
    branches.push([test, body]);
    if (end === 'elif') continue;
    const otherwise = end === 'else' ? parseBody(place, 'endif').body : [];
    return { kind: 'if', branches, otherwise };
  }
}

function parseWith(place: Place): Statement {
  const { stream } = place;
  const targets: Target[] = [];
  const values: Expression[] = [];
  while (stream.current.type !== 'end') {
    if (targets.length > 0) stream.expect(',');
    targets.push(parseTarget(stream, false));
    stream.expect('=');
    values.push(parseExpression(stream));
  }
  return { kind: 'with', targets, values, body: parseBody(place, 'endwith').body };
}

function parseSignature(stream: TokenStream): Signature {
  const names: string[] = [];
  const defaults: Expression[] = [];
  stream.expect('(');
  while (!stream.atSign(')')) {
    if (names.length > 0) stream.expect(',');
    const name = parseTargetName(stream);
    if (names.includes(name)) stream.fail(`the parameter ${name} stands twice`);
    names.push(name);
    if (stream.skip('=')) defaults.push(parseExpression(stream));
    else if (defaults.length > 0)
      stream.fail('a parameter without a default follows one with a default');
  }
  stream.expect(')');
  return { names, defaults };
}

function parseTargetName(stream: TokenStream): string {
  const name = stream.name();
  return constants.has(name) ? stream.fail(`can't assign to ${name}`) : name;
}

function parseOneTarget(stream: TokenStream, namespaces: boolean): Target {
  if (stream.skip('(')) {
    const inside = stream.nested(() => parseTarget(stream, false));
    stream.expect(')');
    return inside;
  }
  const name = parseTargetName(stream);
  if (namespaces && stream.skip('.')) return { kind: 'namespace', name, attribute: stream.name() };
  return { kind: 'name', name };
}

/** Parses what is assigned to; names between commas make a tuple. */
function parseTarget(stream: TokenStream, namespaces: boolean): Target {
  const items: Target[] = [];
  let commas = false;
  const ends = (): boolean => stream.current.type === 'end' || stream.atSign(')');
  while (!ends()) {
    items.push(parseOneTarget(stream, namespaces));
    if (!stream.skip(',')) break;
    commas = true;
  }
  if (items.length === 0) return stream.fail('expected a name to assign to');
  return commas ? { kind: 'tuple', items } : items[0]!;
}

function namesOf(target: Target): string[] {
  return target.kind === 'tuple' ? target.items.flatMap(namesOf) : [target.name];
}
