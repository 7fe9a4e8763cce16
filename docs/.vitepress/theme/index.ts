import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import SettingsTable from './settings-table.vue';
import './tables.css';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('SettingsTable', SettingsTable);
  },
} satisfies Theme;
