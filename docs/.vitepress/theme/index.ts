import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import ComparedMethods from './compared-methods.vue';
import SettingsTable from './settings-table.vue';
import './tables.css';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('ComparedMethods', ComparedMethods);
    app.component('SettingsTable', SettingsTable);
  },
} satisfies Theme;
