import { createReport, describeReport, plain, toConversation } from '@tunesmith/datasets';
import { readRecords } from '@tunesmith/datasets/node';

// The format is found from the rows. One row is bad: it is named with its line, passed over and counted.
const report = createReport();
const records = readRecords('instructions.jsonl', {
  report,
  onError: 'skip',
  onBadRow: ({ error }) => console.log(`${error.message}\n`),
});

for await (const record of records) {
  if (!('instruction' in record)) continue;
  const { messages } = toConversation(record, plain);
  console.log(messages.map(({ role, content }) => `${role}: ${content}`).join('\n'), '\n');
}
console.log(describeReport(report.report()));
