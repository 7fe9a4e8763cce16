import type { Message } from '@tunesmith/schema';
import { unusable } from './unusable-row.ts';

type ToolCalls = NonNullable<Message['tool_calls']>;

/**
 * The value of a turn that calls tools, the JSON `{ name, arguments }` of a call or a list of them, as structured calls; undefined where it
 * is something else, as in data with a form of its own for calls: it is then what the turn says.
 */
export function readFunctionCalls(value: string): ToolCalls | undefined {
  let said: unknown;
  try {
    said = JSON.parse(value);
  } catch {
    said = undefined;
  }
  const calls = [said].flat().map(callOf);
  const isWhole = calls.length > 0 && !calls.includes(undefined);
  return isWhole ? calls.map((call) => call!) : undefined;
}

function callOf(said: unknown): ToolCalls[number] | undefined {
  if (typeof said !== 'object' || said === null) return undefined;
  const { name, arguments: given = {}, ...more } = said as Record<string, unknown>;
  if (typeof name !== 'string' || name === '' || Object.keys(more).length > 0) return undefined;
  if (typeof given === 'string') return { function: { name, arguments: given } };
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  return { function: { name, arguments: given as Record<string, unknown> } };
}

/**
 * The way back.
 *
 * @throws TunesmithError `unusable-row` where text stands beside the calls
 */
export function writeFunctionCalls(
  calls: ToolCalls,
  content: string,
  format: string,
  id: string,
): string {
  if (content !== '')
    throw unusable(`${format} turns hold a call or text, not both`, {
      value: id,
      accepted: 'calls without text beside them, or the format messages',
    });
  const [only, ...more] = calls.map((call) => call.function);
  return JSON.stringify(more.length === 0 ? only : [only, ...more]);
}

/**
 * Messages without the ids of calls and the names of tools, for formats that tell answers by their order; noted.
 *
 * @throws TunesmithError `unusable-row` where the answers follow in another order than the calls, or a speaker has a name
 */
export function withoutCallIds(
  messages: readonly Message[],
  format: string,
  id: string,
  note?: (reason: string) => void,
): Message[] {
  let open: ToolCalls = [];
  let lost = false;
  const plain = messages.map((message): Message => {
    const { tool_call_id: answered, name, tool_calls: calls, ...rest } = message;
    if (calls) open = [...calls];
    const call = message.role === 'tool' ? open.shift() : undefined;
    const inOrder =
      (answered === undefined || answered === call?.id) &&
      (name === undefined || name === call?.function.name);
    if (!inOrder)
      throw unusable(`${format} rows have no place for who speaks or which call is answered`, {
        value: id,
        accepted: 'answers of tools in the order of the calls, or the format messages',
      });
    lost ||= answered !== undefined || name !== undefined || !!calls?.some((one) => one.id);
    return calls ? { ...rest, tool_calls: calls.map((one) => ({ function: one.function })) } : rest;
  });
  if (lost)
    note?.(
      'ids of calls and names of tools are not written: the answers follow in the order of the calls',
    );
  return plain;
}
