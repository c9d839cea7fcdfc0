import { useEffect, useRef, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/account.ts';
import { LANGUAGE } from '../../strings/plural.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { Table } from '../../ui/table.tsx';
import { useNow } from '../../ui/time.ts';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';
import { placeName, type SignIn, type SignIns } from './session-list.ts';

const MINUTE = 60_000;
const countries = new Intl.DisplayNames(LANGUAGE, { type: 'region' });
const deviceName = ({ device: { browser, system } }: SignIn) => strings.device(browser, system);

/** Where one is signed in: the session that is here cannot be ended here, which is what signing out is for. */
export function SessionTable({ sessions }: { sessions: SignIns }) {
  const desk = useDesk();
  const now = useNow(MINUTE);
  const table = useRef<HTMLDivElement>(null);
  const [asks, setAsks] = useState(false);
  const { items, loaded, hasMore, loading, error } = useSource<SignIns['state']>(sessions);
  useEffect(() => void sessions.load(), [sessions]);

  // The button that was pressed is gone with its row.
  const focusTable = () => table.current?.querySelector<HTMLElement>('.table-scroll')?.focus();
  const end = async (session: SignIn) => {
    try {
      await sessions.remove(session);
      toast(strings.ended(deviceName(session)), { tone: 'good' });
      focusTable();
    } catch (failure) {
      desk.failed(strings.notEnded(deviceName(session)), failure);
    }
  };
  const endOthers = async () => {
    try {
      const { ended } = await desk.ask('POST /api/v1/auth/sessions/end-others');
      toast(strings.othersEnded(ended), { tone: 'good' });
      await sessions.refresh();
      focusTable();
    } catch (failure) {
      desk.failed(strings.othersNotEnded, failure);
    }
  };

  return (
    <div ref={table}>
      {items.length > 0 && (
        <Table
          label={strings.sessionsTable}
          busy={loading}
          rows={items}
          keyOf={({ id }) => id}
          columns={[
            {
              name: 'device',
              label: strings.columns.device,
              cell: (session) => (
                <span class="account-device">
                  <bdi>{deviceName(session)}</bdi>
                  {session.current && <Badge tone="good">{strings.here}</Badge>}
                </span>
              ),
            },
            {
              name: 'place',
              label: strings.columns.place,
              cell: ({ place }) => <bdi>{placeName(place, countries) ?? strings.unknownPlace}</bdi>,
            },
            { name: 'used', label: strings.columns.used, cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} now={now} /> },
            {
              name: 'actions',
              label: strings.columns.actions,
              hideLabel: true,
              cell: (session) =>
                !session.current && (
                  <Button size="small" aria-label={strings.endOf(deviceName(session))} onClick={() => void end(session)}>
                    {strings.end}
                  </Button>
                ),
            },
          ]}
        />
      )}
      {error !== undefined ? (
        <div class="load-more" role="alert">
          <p>
            {strings.failedSessions} {explain(error)}
          </p>
          <Button onClick={() => void (loaded ? sessions.refresh() : sessions.load())}>{strings.tryAgain}</Button>
        </div>
      ) : !loaded ? (
        <Skeletons label={strings.loadingSessions}>
          {[41, 34].map((width) => (
            <div key={width} class="account-skeleton">
              <Skeleton width={width} />
            </div>
          ))}
        </Skeletons>
      ) : (
        <div class="account-actions">
          {hasMore && (
            <Button busy={loading} onClick={() => void sessions.loadMore()}>
              {strings.loadMore}
            </Button>
          )}
          {items.some(({ current }) => !current) && <Button onClick={() => setAsks(true)}>{strings.endOthers}</Button>}
        </div>
      )}
      {asks && (
        <Confirm
          question={strings.endOthersQuestion}
          explanation={strings.endOthersExplanation}
          action={strings.endOthers}
          onconfirm={() => void endOthers()}
          onclose={() => setAsks(false)}
        />
      )}
    </div>
  );
}
