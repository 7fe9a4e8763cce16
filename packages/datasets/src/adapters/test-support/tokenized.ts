import type { FormatCases } from './format-cases.ts';

export const tokenized: FormatCases = {
  rows: [
    {
      row: { input_ids: [1, 450, 6635, 2], labels: [-100, -100, 6635, 2] },
      record: { input_ids: [1, 450, 6635, 2], labels: [-100, -100, 6635, 2] },
    },
  ],
  refused: [{ row: { input_ids: [], labels: [] }, message: 'input_ids is []' }],
  unusable: [
    {
      row: { input_ids: [1, 2], labels: [1] },
      message: 'labels has 1 entries and input_ids has 2',
    },
  ],
};
