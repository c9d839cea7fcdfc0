/**
 * What the forms outside of the dashboard have in common: a card with a title, fields, what went wrong and one button.
 */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { useForm } from '../data/use-form.ts';
import { strings } from '../strings/session.ts';
import { Button } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';

interface Props {
  title: string;
  introduction?: string | undefined;
  action: string;
  form: Pick<ReturnType<typeof useForm>, 'busy' | 'error' | 'wait' | 'onSubmit'>;
  children?: ComponentChildren;
  /** What else there is to do. */
  below?: ComponentChildren;
}

export function SessionForm({ title, introduction, action, form, children, below }: Props) {
  const heading = useId();
  const { busy, error, wait, onSubmit } = form;
  return (
    <main class="session">
      <form class="session-card" noValidate aria-labelledby={heading} onSubmit={onSubmit}>
        <Logo />
        <h1 id={heading}>{title}</h1>
        {introduction !== undefined && <p class="session-introduction">{introduction}</p>}
        {children}
        <div role="alert">{error !== undefined && <p class="notice notice-bad">{error}</p>}</div>
        {/* Not `busy`: pressed again with other values, it sends those as well. */}
        <Button type="submit" kind="primary" disabled={wait > 0}>
          {busy ? strings.busy : wait > 0 ? strings.wait(wait) : action}
        </Button>
        {below}
      </form>
    </main>
  );
}
