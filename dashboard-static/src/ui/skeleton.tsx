/** Where something will be, in the shape that it will have. The words are for those who do not see shapes. */
import type { ComponentChildren } from 'preact';
import './skeleton.css';

export function Skeletons({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div role="status">
      <span class="hidden-label">{label}</span>
      <div aria-hidden="true">{children}</div>
    </div>
  );
}

/** A line of text or, `round`, a face. `width` in per cent of what it stands in. */
export function Skeleton({ width = 100, round = false }: { width?: number; round?: boolean }) {
  return round ? <span class="skeleton skeleton-round" /> : <span class="skeleton skeleton-line" style={{ width: `${width}%` }} />;
}
