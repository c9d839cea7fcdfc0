import type { Invitation, SentInvitation } from '@wire';
import { useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/people.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Empty } from '../../ui/empty.tsx';
import { keepFocus } from '../../ui/keep-focus.ts';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { Table } from '../../ui/table.tsx';
import { fullDate } from '../../ui/time.ts';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';
import { invitationLink, type Linked } from './link-dialog.tsx';
import type { Invitations } from './people-list.ts';
import { DepartmentNames, RoleName } from './role-and-departments.tsx';

interface Props {
  open: Invitations;
  expired: Invitations;
  onsent(sent: SentInvitation): void;
  onlink(linked: Linked): void;
}

/** Who is invited and has not joined: first those whose link is good, then those whose time is over. */
export function InvitationList({ open, expired, onsent, onlink }: Props) {
  const desk = useDesk();
  const [revoking, setRevoking] = useState<Invitation>();
  const states = [useSource<Invitations['state']>(open), useSource<Invitations['state']>(expired)];
  const items = states.flatMap((state) => state.items);
  const loading = states.some((state) => state.loading);
  const error = states.find((state) => state.error !== undefined)?.error;
  const both = [open, expired];
  const listOf = ({ status }: Invitation) => (status === 'expired' ? expired : open);

  /** What was refused may look otherwise by now. */
  const catchUp = () => both.forEach((list) => void list.refresh());
  const resend = async ({ id, email, version }: Invitation) => {
    try {
      const sent = await desk.ask('POST /api/v1/invitations/{id}/resend', { path: { id }, version });
      onsent(sent);
      toast(strings.resent(email), { tone: 'good' });
    } catch (failure) {
      desk.failed(strings.notResent(email), failure);
      catchUp();
    }
  };
  const copyLink = async ({ id, email }: Invitation) => {
    try {
      onlink(invitationLink({ email, ...(await desk.ask('GET /api/v1/invitations/{id}/link', { path: { id } })) }));
    } catch (failure) {
      desk.failed(strings.noLink(email), failure);
      catchUp();
    }
  };
  const revoke = async (invitation: Invitation) => {
    try {
      await listOf(invitation).remove(invitation);
      toast(strings.revoked(invitation.email), { tone: 'good' });
      keepFocus();
    } catch (failure) {
      desk.failed(strings.notRevoked(invitation.email), failure);
      catchUp();
    }
  };
  const actions = (invitation: Invitation): MenuItem[][] => [
    [
      { label: strings.resend, icon: 'send', onchoose: () => void resend(invitation) },
      ...(invitation.status === 'open' ? [{ label: strings.copyLink, icon: 'copy' as const, onchoose: () => void copyLink(invitation) }] : []),
    ],
    [{ label: strings.revoke, icon: 'delete', danger: true, onchoose: () => setRevoking(invitation) }],
  ];

  return (
    <>
      {items.length > 0 && (
        <Table
          label={strings.invitations}
          busy={loading}
          rows={items}
          keyOf={({ id }) => id}
          columns={[
            {
              name: 'email',
              label: strings.columns.email,
              cell: ({ email, status }) => (
                <span class="people-name">
                  <bdi>{email}</bdi>
                  {status === 'expired' && <Badge tone="warning">{strings.expired}</Badge>}
                </span>
              ),
            },
            { name: 'role', label: strings.columns.role, cell: ({ role }) => <RoleName role={role} /> },
            { name: 'departments', label: strings.columns.departments, cell: ({ departments }) => <DepartmentNames ids={departments} /> },
            { name: 'by', label: strings.columns.by, cell: ({ invitedBy }) => <bdi>{invitedBy}</bdi> },
            { name: 'until', label: strings.columns.until, cell: ({ expiresAt }) => fullDate(expiresAt) },
            {
              name: 'actions',
              label: strings.columns.actions,
              hideLabel: true,
              cell: (invitation) =>
                desk.may('manage_people') && (
                  <Menu alignEnd title={invitation.email} groups={actions(invitation)}>
                    {(trigger) => <IconButton {...trigger} icon="menu" size="small" label={strings.actionsFor(invitation.email)} />}
                  </Menu>
                ),
            },
          ]}
        />
      )}
      {error !== undefined ? (
        <div class="load-more" role="alert">
          <p>
            {strings.failedInvitations} {explain(error)}
          </p>
          <Button onClick={() => both.forEach((list) => void (list.state.loaded ? list.refresh() : list.load()))}>{strings.tryAgain}</Button>
        </div>
      ) : !states.every(({ loaded }) => loaded) ? (
        <Skeletons label={strings.loadingInvitations}>
          {[41, 34, 52].map((width) => (
            <div key={width} class="people-skeleton">
              <Skeleton width={width} />
            </div>
          ))}
        </Skeletons>
      ) : items.length === 0 ? (
        <Empty icon="assign" title={strings.noInvitations}>
          <p>{strings.noInvitationsExplanation}</p>
        </Empty>
      ) : (
        states.some(({ hasMore }) => hasMore) && (
          <div class="load-more">
            <Button busy={loading} onClick={() => both.forEach((list) => void list.loadMore())}>
              {strings.loadMore}
            </Button>
          </div>
        )
      )}
      {revoking && (
        <Confirm
          question={strings.revokeTitle(revoking.email)}
          explanation={strings.revokeExplanation}
          action={strings.revokeAction}
          onconfirm={() => void revoke(revoking)}
          onclose={() => setRevoking(undefined)}
        />
      )}
    </>
  );
}
