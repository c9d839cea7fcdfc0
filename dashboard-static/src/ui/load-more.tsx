import { useEffect, useRef } from 'preact/hooks';

interface Props {
  label: string;
  busy: boolean;
  onload(): void;
}

/** Loads the next page of something when it comes into view; also a button, for whoever does not scroll. */
export function LoadMore({ label, busy, onload }: Props) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (busy || !element.current) {
      return undefined;
    }
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) {
        onload();
      }
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [busy]);
  return (
    <div class="load-more" ref={element}>
      <button type="button" class="button" aria-disabled={busy} onClick={onload}>
        {busy ? 'Loading…' : label}
      </button>
    </div>
  );
}
