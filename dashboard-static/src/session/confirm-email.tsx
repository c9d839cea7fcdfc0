/** Another address of one's own, confirmed by the link that was mailed to it: by a press, because mail programs open links, too. */
import { ApiError } from '@client/api.js';
import { useState } from 'preact/hooks';
import { useForm } from '../data/use-form.ts';
import { strings } from '../strings/session.ts';
import { toast } from '../ui/toast.tsx';
import { SpentLink, type LinkPage } from './link-page.tsx';
import { SessionForm } from './session-form.tsx';

export function ConfirmEmail({ session, token, ondone }: LinkPage) {
  const [spent, setSpent] = useState(token === '');
  const form = useForm(
    {
      values: {},
      send: async () => {
        try {
          const { email } = await session.confirmEmail(token);
          if (session.state.phase === 'signed-in') {
            toast(strings.confirmed(email), { tone: 'good' });
          }
        } catch (error) {
          setSpent(error instanceof ApiError && error.code === 'link_spent');
          throw error;
        }
      },
    },
    ondone,
  );
  if (spent) {
    return <SpentLink session={session} title={strings.linkSpent} explanation={strings.linkSpentExplanation} ondone={ondone} />;
  }
  return <SessionForm title={strings.confirmTitle} introduction={strings.confirmExplanation} action={strings.confirm} form={form} />;
}
