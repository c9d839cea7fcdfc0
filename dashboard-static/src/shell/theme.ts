/**
 * Light, dark, or as the system has it: each person's choice, kept in this browser. The look itself is `ui/tokens.css`,
 * which follows the attribute.
 */
import { Store } from '@client/observable.js';
import { pageStorage } from '@client/facilities.js';
import type { IconName } from '../ui/icon.tsx';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const THEME_ICONS = { auto: 'system', light: 'light', dark: 'dark' } as const satisfies Record<Theme, IconName>;

const KEY = 'voxora.theme';
const storage = pageStorage();

class ThemeStore extends Store<Theme> {
  constructor() {
    super(THEMES.find((theme) => theme === storage.getItem(KEY)) ?? 'auto');
    this.#show();
  }

  choose(next: Theme): void {
    this.set(next);
    this.#show();
    storage.setItem(KEY, next);
  }

  #show(): void {
    const { dataset } = document.documentElement;
    if (this.state === 'auto') {
      delete dataset['theme'];
    } else {
      dataset['theme'] = this.state;
    }
  }
}

export const theme = new ThemeStore();
