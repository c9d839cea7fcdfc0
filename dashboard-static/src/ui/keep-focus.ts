/** What is gone takes the focus with it: then it is where the rest is. */
export function keepFocus(): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) {
      document.querySelector<HTMLElement>('main')?.focus();
    }
  });
}
