import type { Message } from '@tunesmith/schema';

/**
 * The turns of a transcript `[Human] … [AI] … [Human] …`: questions with their answers. What stands before the first question is passed
 * over, as is the rest from the first question on that does not have exactly one answer.
 */
export function turnsOf(text: string): Message[] {
  const turns: Message[] = [];
  for (const part of text.split('[Human]').slice(1)) {
    const sides = part.split('[AI]').map((side) => side.trim());
    const [question, answer] = sides;
    if (sides.length !== 2 || !question || !answer) break;
    turns.push({ role: 'user', content: question }, { role: 'assistant', content: answer });
  }
  return turns;
}
