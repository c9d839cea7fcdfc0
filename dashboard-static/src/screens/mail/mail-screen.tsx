/**
 * Whether mails can be sent and what is missing, the address they come from, and what became of the last ones.
 */
import { ApiError } from '@client/api.js';
import { newClientId } from '@client/outbox.js';
import type { MailStatus, SentMail, Settings } from '@wire';
import { useEffect, useId, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useForm } from '../../data/use-form.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/mail.ts';
import { strings as session } from '../../strings/session.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { Table } from '../../ui/table.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { useNow } from '../../ui/time.ts';
import { toast } from '../../ui/toast.tsx';
import './mail.css';

const MINUTE = 60_000;
/** How often, and after how many milliseconds each, is looked what became of a test. */
const LOOKS = 10;
const LOOK_MS = 1_500;
const TONES: Readonly<Record<SentMail['state'], Tone>> = { waiting: 'neutral', sent: 'good', dropped: 'neutral', givenUp: 'bad' };

export default function MailScreen() {
  const { ask } = useDesk();
  const [found, setFound] = useState<{ status: MailStatus; settings: Settings }>();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [changes, setChanges] = useState(false);
  const [tested, setTested] = useState<{ id: string; looks: number }>();
  const load = async () => {
    setBusy(true);
    try {
      const [status, settings] = await Promise.all([ask('GET /api/v1/mail'), ask('GET /api/v1/settings')]);
      setFound({ status, settings });
      setFailure(undefined);
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  useEffect(() => void load(), [ask]);
  useEffect(() => {
    // What becomes of a test is seen without asking for it.
    const isOver = found?.status.recent.some(({ id, state }) => id === tested?.id && state !== 'waiting');
    if (!tested || isOver || tested.looks === LOOKS) {
      return undefined;
    }
    const timer = setTimeout(() => {
      setTested({ ...tested, looks: tested.looks + 1 });
      void load();
    }, LOOK_MS);
    return () => clearTimeout(timer);
  }, [found, tested]);
  return (
    <main class="mail" tabIndex={-1}>
      <header class="mail-head">
        <h1>{strings.title}</h1>
        <p>{strings.introduction}</p>
      </header>
      {failure !== undefined && (
        <div class="load-more" role="alert">
          <p>
            {strings.failed} {explain(failure)}
          </p>
          <Button busy={busy} onClick={() => void load()}>
            {strings.tryAgain}
          </Button>
        </div>
      )}
      {found ? (
        <>
          <Standing status={found.status} ontested={(id) => setTested({ id, looks: 0 })} onchange={() => setChanges(true)} />
          <Recent mails={found.status.recent} busy={busy} onrefresh={() => void load()} />
        </>
      ) : (
        failure === undefined && (
          <Skeletons label={strings.loading}>
            {[34, 52, 41, 47].map((width) => (
              <div key={width} class="mail-skeleton">
                <Skeleton width={width} />
              </div>
            ))}
          </Skeletons>
        )
      )}
      {found && changes && <FromForm settings={found.settings} onsaved={() => void load()} onclose={() => setChanges(false)} />}
    </main>
  );
}

interface StandingProps {
  status: MailStatus;
  /** A test is on its way. */
  ontested(id: string): void;
  /** The address that mails come from is to be another one. */
  onchange(): void;
}

function Standing({ status: { sender, from, publicUrl, missing }, ontested, onchange }: StandingProps) {
  const desk = useDesk();
  const [busy, setBusy] = useState(false);
  const test = async () => {
    setBusy(true);
    try {
      const { id, to } = await desk.ask('POST /api/v1/mail/test', { key: newClientId() });
      toast(strings.testSent(to), { tone: 'good' });
      ontested(id);
    } catch (error) {
      desk.failed(strings.notTested, error);
    }
    setBusy(false);
  };
  return (
    <section class="mail-standing" aria-label={strings.title}>
      {missing.length === 0 ? (
        <p class="mail-works">
          <strong>{strings.works}</strong> {strings.worksExplanation}
        </p>
      ) : (
        <div class="notice notice-warning">
          <p>
            <strong>{strings.broken}</strong> {strings.brokenExplanation}
          </p>
          <ul class="mail-missing">
            {missing.map((one) => (
              <li key={one}>{strings.missing[one]}</li>
            ))}
          </ul>
        </div>
      )}
      <dl class="mail-facts">
        <dt>{strings.facts.sender}</dt>
        <dd>{sender === undefined ? strings.notSaid : strings.senders[sender]}</dd>
        <dt>{strings.facts.from}</dt>
        <dd>
          <bdi>{from ?? strings.notSaid}</bdi>
        </dd>
        <dt>{strings.facts.publicUrl}</dt>
        <dd>
          <bdi>{publicUrl ?? strings.notSaid}</bdi>
        </dd>
      </dl>
      <div class="mail-actions">
        {missing.length === 0 && (
          <Button icon="send" busy={busy} onClick={() => void test()}>
            {strings.test}
          </Button>
        )}
        <Button onClick={onchange}>{from === undefined ? strings.enterFrom : strings.changeFrom}</Button>
      </div>
    </section>
  );
}

function FromForm({ settings, onsaved, onclose }: { settings: Settings; onsaved(): void; onclose(): void }) {
  const { ask } = useDesk();
  const id = useId();
  // After somebody else's change it is theirs, and that has been said.
  const [version] = useState({ now: settings.version });
  const form = useForm(
    {
      values: { mailFrom: settings.mailFrom ?? '' },
      rules: {
        mailFrom: (value) => (value.trim() === '' || /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? undefined : session.emailWrong),
      },
      send: async ({ mailFrom }) => {
        try {
          await ask('PATCH /api/v1/settings', { body: { mailFrom: mailFrom.trim() || null }, version: version.now });
          toast(strings.saved, { tone: 'good' });
        } catch (error) {
          if (error instanceof ApiError && error.code === 'precondition_failed') {
            version.now = (await ask('GET /api/v1/settings')).version;
          }
          throw error;
        }
      },
      refusal: (error) => (error instanceof ApiError && error.code === 'precondition_failed' ? strings.changedMeanwhile : undefined),
    },
    () => {
      document.getElementById(id)?.closest('dialog')?.close();
      onsaved();
    },
  );
  return (
    <Dialog
      title={strings.from}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button kind="primary" type="submit" form={id} busy={form.busy}>
            {strings.save}
          </Button>
        </>
      )}
    >
      <form class="mail-form" id={id} noValidate onSubmit={form.onSubmit}>
        <TextField {...form.field('mailFrom')} label={strings.from} hint={strings.fromHint} type="email" autocomplete="off" optional />
        <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      </form>
    </Dialog>
  );
}

function Recent({ mails, busy, onrefresh }: { mails: readonly SentMail[]; busy: boolean; onrefresh(): void }) {
  const now = useNow(MINUTE);
  return (
    <div class="mail-recent">
      <div class="mail-recent-head">
        <h2>{strings.recent}</h2>
        <Button size="small" icon="retry" busy={busy} onClick={onrefresh}>
          {strings.refresh}
        </Button>
      </div>
      {mails.length === 0 ? (
        <Empty icon="send" title={strings.none}>
          <p>{strings.noneExplanation}</p>
        </Empty>
      ) : (
        <Table
          label={strings.recent}
          busy={busy}
          rows={mails}
          keyOf={({ id }) => id}
          columns={[
            { name: 'to', label: strings.columns.to, cell: ({ to }) => <bdi class="mail-to">{to}</bdi> },
            { name: 'about', label: strings.columns.about, cell: ({ template }) => strings.templates[template] },
            {
              name: 'state',
              label: strings.columns.state,
              cell: ({ state, reason }) => (
                <span class="mail-state">
                  <Badge tone={TONES[state]}>{strings.states[state]}</Badge>
                  {reason !== undefined && (
                    <span class="table-text" dir="auto">
                      {reason}
                    </span>
                  )}
                </span>
              ),
            },
            { name: 'at', label: strings.columns.at, cell: ({ updatedAt }) => <Moment at={updatedAt} now={now} /> },
          ]}
        />
      )}
    </div>
  );
}
