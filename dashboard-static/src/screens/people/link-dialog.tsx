import { exactTime } from '@client/time.js';
import { strings } from '../../strings/people.ts';
import { Button } from '../../ui/button.tsx';
import { Copyable } from '../../ui/copyable.tsx';
import { Dialog } from '../../ui/dialog.tsx';

/** A link to be handed over: what it is, and what is said of it. */
export interface Linked {
  title: string;
  explanation: string;
  label: string;
  link: string;
  note?: string;
}

/** An invitation's. `mailed`: whether it goes by mail as well; absent where it was not sent just now. */
export function invitationLink({ email, link, expiresAt, mailed }: { email: string; link: string; expiresAt: number; mailed?: boolean }): Linked {
  return {
    title: strings.linkTitle(email),
    explanation: strings.linkExplanation(exactTime(expiresAt)),
    label: strings.link,
    link,
    ...(mailed !== undefined && { note: mailed ? strings.mailed : strings.notMailed }),
  };
}

/** Of somebody who has forgotten their password. */
export function passwordLink({ name, link, expiresAt }: { name: string; link: string; expiresAt: number }): Linked {
  return { title: strings.passwordLinkTitle(name), explanation: strings.passwordLinkExplanation(exactTime(expiresAt)), label: strings.passwordLinkLabel, link };
}

export function LinkDialog({ title, explanation, label, link, note, onclose }: Linked & { onclose(): void }) {
  return (
    <Dialog
      title={title}
      explanation={explanation}
      onclose={onclose}
      actions={(close) => (
        <Button kind="primary" onClick={close}>
          {strings.done}
        </Button>
      )}
    >
      {note !== undefined && <p class="notice">{note}</p>}
      <Copyable label={label} text={link} />
    </Dialog>
  );
}
