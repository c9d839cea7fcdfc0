/** `style.css` as it is built. */
declare const STYLE: string;

/** What the loader leaves on the page, for its own scripts: docs/WIDGET.md. */
interface VoxoraApi {
  open(): void;
  close(): void;
  toggle(): void;
  /** Calls `listener` on `open`, `close` and `unread` (with the count). Returns what ends it. */
  on(name: string, listener: (detail: any) => void): () => void;
  /** Takes the chat off the page, until it is opened or the script runs again. */
  remove(): void;
  /** Whether the page has our button; it may well have one of its own. */
  launcher(isShown: boolean): void;
  /** Calls each with this; before the loader has come, the array of that name keeps them. */
  push(...calls: ((chat: VoxoraApi) => void)[]): void;
}

interface Window {
  Voxora?: VoxoraApi | ((chat: VoxoraApi) => void)[];
}
