/**
 * That something is under way, and how far it has come. A spinner is decoration: what it stands beside says in words
 * what is being done.
 */
import { strings } from '../strings/ui.ts';
import './progress.css';

export function Spinner() {
  return (
    <svg class="spinner" viewBox="0 0 16 16" aria-hidden="true">
      <circle class="spinner-track" cx="8" cy="8" r="6.5" />
      <circle class="spinner-arc" cx="8" cy="8" r="6.5" pathLength={100} />
    </svg>
  );
}

/** `value` from 0 to 1; without it, nobody knows how far it is. */
export function Progress({ label, value }: { label: string; value?: number }) {
  return (
    <div class="progress">
      <span class="progress-label">{label}</span>
      {value !== undefined && <span aria-hidden="true">{strings.progress(Math.round(value * 100))}</span>}
      <progress aria-label={label} {...(value !== undefined && { value })} />
    </div>
  );
}
