import { createInterface } from 'node:readline/promises';
import { TunesmithError } from '@tunesmith/schema';
import type { Command } from 'commander';
import type { Chat } from '../answer.ts';
import { samplingOptionsOf, withSampling, type SamplingFlags } from './sampling-options.ts';
import {
  createCommand,
  modelOptionsOf,
  terminalOf,
  withPrecision,
  withChosenAdapters,
  withRunOrModel,
  type ModelFlags,
} from './shared.ts';
import { linesOf } from './prompt-text.ts';
import { paint } from './style-text.ts';
import type { Terminal } from './terminal.ts';

interface ChatFlags extends ModelFlags, SamplingFlags {
  system?: string;
}

/** `tunesmith chat` */
export function chatCommand(): Command {
  const command = createCommand('chat', 'Talk with a model', [
    'chat runs/first',
    'chat --model @tunesmith/nano --system "Answer in one word." --temperature 0.7',
  ]);
  return withSampling(withPrecision(withChosenAdapters(withRunOrModel(command))))
    .option('--system <text>', 'a system message')
    .action(async (run: string | undefined, flags: ChatFlags) => {
      const terminal = terminalOf(flags);
      const { system } = flags;
      const { chat } = await import('../generate.ts');
      const conversation = await chat({
        ...modelOptionsOf(run, flags, terminal),
        ...(await samplingOptionsOf(flags)),
        ...(system === undefined ? {} : { system }),
        onForget: (messages) =>
          terminal.note(
            `the context is full: the oldest ${messages} messages left the conversation`,
          ),
      });
      try {
        await talk(conversation, terminal);
      } finally {
        await conversation.close();
      }
    });
}

const commands =
  '/reset forgets the conversation, /exit ends it, and // begins a text with a slash';

async function talk(conversation: Chat, terminal: Terminal): Promise<void> {
  // What was announced is done: whoever is silent now is the one who asks.
  terminal.endDrawing();
  const interactive = process.stdin.isTTY === true;
  const typed = interactive
    ? createInterface({ input: process.stdin, output: process.stderr, terminal: true })
    : undefined;
  if (interactive) terminal.note(`${commands}.`);
  typed?.setPrompt(paint(terminal.style('cyan', 'you> '), terminal.live));
  typed?.prompt();
  for await (const line of typed ?? linesOf(process.stdin)) {
    const text = line.trim();
    if (text === '/exit') break;
    if (text === '/reset') conversation.reset();
    else if (/^\/(?!\/)/.test(text))
      terminal.note(`${text.split(/\s/, 1)[0]} is no command: ${commands}`);
    else if (text !== '') await answer(text.replace(/^\/\//, '/'), conversation, terminal);
    typed?.prompt();
  }
  typed?.close();
}

async function answer(text: string, conversation: Chat, terminal: Terminal): Promise<void> {
  // In raw mode Ctrl-C is a character that waits to be read; while the model computes it must be a signal.
  const raw = process.stdin.isTTY && process.stdin.isRaw;
  if (raw) process.stdin.setRawMode(false);
  try {
    terminal.working('answering');
    for await (const piece of conversation.say(text)) terminal.stream(piece);
  } catch (cause) {
    // What is too long by itself is said, and the conversation goes on without it.
    if (!TunesmithError.is(cause) || cause.code !== 'sequence-too-long') throw cause;
    terminal.note(cause.message);
    return;
  } finally {
    terminal.endDrawing();
    if (raw) process.stdin.setRawMode(true);
  }
  terminal.stream('\n');
  if (terminal.json) terminal.result(conversation.messages.at(-1), '');
}
