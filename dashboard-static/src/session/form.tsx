/**
 * What the set-up form and the sign-in form have in common: a card with a title, fields, what went wrong and one button.
 */
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { Logo } from '../ui/logo.tsx';
import type { Submission } from './submission.ts';

interface Props {
  title: string;
  introduction?: string | undefined;
  action: string;
  submission: Submission;
  /** Called with the form only once it is worth sending; says whether it is. */
  check(): boolean;
  send(): Promise<void>;
  children: ComponentChildren;
}

export function SessionForm({ title, introduction, action, submission, check, send, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const heading = useId();
  const { busy, error, wait, submit } = submission;

  const onSubmit = (event: Event) => {
    event.preventDefault();
    if (busy || wait > 0) {
      return;
    }
    if (check()) {
      void submit(send);
    } else {
      // The errors are in the document after the next rendering only.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    }
  };

  return (
    <main class="session">
      <form class="session-card" ref={form} noValidate aria-labelledby={heading} onSubmit={onSubmit}>
        <Logo />
        <h1 id={heading}>{title}</h1>
        {introduction !== undefined && <p class="session-introduction">{introduction}</p>}
        {children}
        <div role="alert">{error !== undefined && <p class="notice notice-bad">{error}</p>}</div>
        <button type="submit" class="button button-primary" aria-disabled={busy || wait > 0}>
          {busy ? 'One moment…' : wait > 0 ? `Wait ${wait} s` : action}
        </button>
      </form>
    </main>
  );
}
