import { toConversation } from '@tunesmith/datasets';
import { answerChoices, createRegistry, promptTemplateKind } from '@tunesmith/schema';
import { plugins } from './verdict.js';

// A recipe says: plugins: ['./verdict.js'], template: { name: verdict, mask: '[MASK]' }, objective: choice
const registry = createRegistry([promptTemplateKind], plugins);
const template = registry.settled('prompt-template', { name: 'verdict', mask: '[MASK]' });

const review = {
  id: '1',
  instruction: 'How is it meant?',
  input: 'I would see it again.',
  output: 'good',
};
const { messages } = toConversation(review, template);
for (const { role, content } of messages) console.log(`${role}: ${content}`);
console.log(`chosen from: ${answerChoices(review, template)?.join(', ')}`);
console.log(`guessed in place of: ${template.gap?.()}`);
