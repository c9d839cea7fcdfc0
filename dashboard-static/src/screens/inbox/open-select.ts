/** Opens the select, or the menu, that is in an element, as a key does. */
export function openSelect(around: HTMLElement | null): void {
  const button = around?.querySelector<HTMLElement>('button');
  button?.focus();
  button?.click();
}
