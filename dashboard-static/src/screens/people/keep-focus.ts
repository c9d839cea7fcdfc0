/** A row that is gone takes the focus with it: then it is where the rows are. */
export function keepFocus(): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) {
      document.querySelector<HTMLElement>('main')?.focus();
    }
  });
}
