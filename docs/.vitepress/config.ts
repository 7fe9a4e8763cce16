import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { pagesOf } from './pages.ts';

const hasReference = existsSync(fileURLToPath(new URL('../api/index.md', import.meta.url)));

export default defineConfig({
  title: 'Tunesmith',
  description: 'Instruction tuning for TypeScript',
  cleanUrls: true,
  lastUpdated: false,
  markdown: {
    // Two braces in a text are two braces, not an expression of Vue.
    config: ({ renderer }) => {
      for (const name of ['text', 'code_inline']) {
        const rule = renderer.rules[name];
        renderer.rules[name] = (...parts) =>
          (rule?.(...parts) ?? '').replaceAll('{{', '&#123;&#123;');
      }
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/guide/start' },
      { text: 'Methods', link: '/methods/lora' },
      { text: 'Extend', link: '/extend/' },
      ...(hasReference ? [{ text: 'API', link: '/api/' }] : []),
    ],
    sidebar: [
      {
        text: 'Guide',
        items: [
          { text: 'Start', link: '/guide/start' },
          ...pagesOf('guide').filter(({ link }) => link !== '/guide/start'),
        ],
      },
      { text: 'Concepts', items: pagesOf('concepts') },
      { text: 'Methods', items: pagesOf('methods') },
      {
        text: 'Extend',
        items: [{ text: 'Writing a plugin', link: '/extend/' }, ...pagesOf('extend')],
      },
      {
        text: 'Project',
        items: [
          { text: 'Contributing', link: '/CONTRIBUTING' },
          { text: 'Decisions', link: '/decisions/', items: pagesOf('decisions') },
          { text: 'Log of experiments', link: '/log' },
        ],
      },
    ],
  },
});
