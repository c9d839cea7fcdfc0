/** What the loader leaves on the page, for its own scripts. */
interface Window {
  Voxora?: {
    open(): void;
    close(): void;
    toggle(): void;
    /** Calls `listener` on `open`, `close` and `unread` (with the count). Returns what ends it. */
    on(name: string, listener: (detail: any) => void): () => void;
  };
}
