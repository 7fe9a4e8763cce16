import type { FormatCases } from './format-cases.ts';

export const oasst: FormatCases = {
  rows: [
    {
      row: {
        message_tree_id: 'a1',
        tree_state: 'ready_for_export',
        prompt: {
          message_id: 'a1',
          parent_id: null,
          text: 'How do I sharpen a knife?',
          role: 'prompter',
          lang: 'en',
          review_result: true,
          replies: [
            {
              message_id: 'a2',
              parent_id: 'a1',
              text: 'Buy a new one.',
              role: 'assistant',
              lang: 'en',
              rank: 1,
              replies: [],
            },
            {
              message_id: 'a3',
              parent_id: 'a1',
              text: 'Draw it over a wet stone.',
              role: 'assistant',
              lang: 'en',
              rank: 0,
              replies: [
                {
                  message_id: 'a4',
                  parent_id: 'a3',
                  text: 'At what angle?',
                  role: 'prompter',
                  lang: 'en',
                  replies: [
                    {
                      message_id: 'a5',
                      parent_id: 'a4',
                      text: 'Some 20 degrees.',
                      role: 'assistant',
                      lang: 'en',
                      replies: [],
                    },
                  ],
                },
                {
                  message_id: 'a6',
                  parent_id: 'a3',
                  text: 'How often?',
                  role: 'prompter',
                  lang: 'en',
                  replies: [
                    {
                      message_id: 'a7',
                      parent_id: 'a6',
                      text: 'Twice a month.',
                      role: 'assistant',
                      lang: 'en',
                      replies: [],
                    },
                  ],
                },
              ],
            },
          ],
        },
      },
      record: [
        {
          id: 'a1/1',
          messages: [
            { role: 'user', content: 'How do I sharpen a knife?' },
            { role: 'assistant', content: 'Draw it over a wet stone.' },
            { role: 'user', content: 'At what angle?' },
            { role: 'assistant', content: 'Some 20 degrees.' },
          ],
          meta: {
            tree: 'a1',
            language: 'en',
            message_ids: ['a1', 'a3', 'a4', 'a5'],
            ranks: [null, 0, null, null],
          },
        },
        {
          id: 'a1/2',
          messages: [
            { role: 'user', content: 'How do I sharpen a knife?' },
            { role: 'assistant', content: 'Draw it over a wet stone.' },
            { role: 'user', content: 'How often?' },
            { role: 'assistant', content: 'Twice a month.' },
          ],
          meta: {
            tree: 'a1',
            language: 'en',
            message_ids: ['a1', 'a3', 'a6', 'a7'],
            ranks: [null, 0, null, null],
          },
        },
      ],
    },
    {
      row: {
        message_tree_id: 'b1',
        tree_state: 'ready_for_export',
        prompt: {
          message_id: 'b1',
          text: 'Wie heißt der Fluss in Bremen?',
          role: 'prompter',
          lang: 'de',
          replies: [
            {
              message_id: 'b2',
              text: 'Weser.',
              role: 'assistant',
              lang: 'de',
              replies: [
                { message_id: 'b3', text: 'Danke!', role: 'prompter', lang: 'de', replies: [] },
              ],
            },
            { message_id: 'b4', text: 'Spam', role: 'assistant', lang: 'de', deleted: true },
          ],
        },
        origin: 'web',
      },
      record: {
        id: 'b1',
        messages: [
          { role: 'user', content: 'Wie heißt der Fluss in Bremen?' },
          { role: 'assistant', content: 'Weser.' },
        ],
        meta: { source: 'web', tree: 'b1', language: 'de', message_ids: ['b1', 'b2'] },
      },
    },
    {
      row: {
        message_tree_id: 'c1',
        tree_state: 'ready_for_export',
        prompt: {
          message_id: 'c1',
          text: 'Name a cheese.',
          role: 'prompter',
          replies: [{ message_id: 'c2', text: 'Gouda.', role: 'assistant', replies: [] }],
        },
      },
      record: {
        id: 'c1',
        messages: [
          { role: 'user', content: 'Name a cheese.' },
          { role: 'assistant', content: 'Gouda.' },
        ],
        meta: { tree: 'c1', message_ids: ['c1', 'c2'] },
      },
    },
  ],
  refused: [
    { row: { message_tree_id: 'a', prompt: { text: 'a' } }, message: 'prompt.role is missing' },
  ],
  unusable: [
    {
      row: {
        message_tree_id: 'a',
        prompt: {
          message_id: 'a',
          text: 'q',
          role: 'prompter',
          replies: [
            {
              message_id: 'b',
              text: 'r',
              role: 'assistant',
              replies: [{ message_id: 'a', text: 'q', role: 'prompter', replies: [] }],
            },
          ],
        },
      },
      message: 'message a stands twice in the tree, as in a cycle',
    },
    {
      row: {
        message_tree_id: 'a',
        prompt: {
          message_id: 'a',
          text: 'q',
          role: 'prompter',
          replies: [{ message_id: 'b', parent_id: 'z', text: 'r', role: 'assistant' }],
        },
      },
      message: 'prompt.replies[0].parent_id is z and not the message above, a',
    },
    {
      row: {
        message_tree_id: 'a',
        tree_state: 'growing',
        prompt: { text: 'q', role: 'prompter' },
      },
      message: "the tree's state is growing",
    },
    {
      row: {
        message_tree_id: 'a',
        prompt: { text: 'q', role: 'prompter', replies: [{ text: 7, role: 'assistant' }] },
      },
      message: 'prompt.replies[0].text is no text',
    },
    {
      row: { message_tree_id: 'a', prompt: { text: 'q', role: 'prompter', replies: [] } },
      message: 'the tree has no answer',
    },
  ],
};
