/**
 * The team: who is in it, whoever is invited into it, and what an admin does with them.
 */
import type { SentInvitation, User } from '@wire';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useDesk } from '../../shell/desk.ts';
import type { Place } from '../../shell/router.ts';
import { strings } from '../../strings/people.ts';
import { Button } from '../../ui/button.tsx';
import { keepFocus } from '../../ui/keep-focus.ts';
import { TabList } from '../../ui/tabs.tsx';
import { useSource } from '../../ui/use-source.ts';
import { InvitationList } from './invitation-list.tsx';
import { InviteForm } from './invite-form.tsx';
import { LinkDialog, invitationLink, type Linked } from './link-dialog.tsx';
import { Deactivate, Delete } from './part-with.tsx';
import { EVERYBODY, invitationsOf, peopleOf, type Filter } from './people-list.ts';
import { PersonForm } from './person-form.tsx';
import { TeamList } from './team-list.tsx';
import './people.css';

type Doing = { what: 'invite' } | { what: 'edit' | 'deactivate' | 'delete'; user: User } | { what: 'link'; linked: Linked };

/** How long after the last letter a search begins. */
const SEARCH_MS = 250;

/** `#/settings/people?role=ID&department=ID`: begins with these alone. */
export default function PeopleScreen({ query }: Place) {
  const desk = useDesk();
  const [set, setSet] = useState<'team' | 'invitations'>('team');
  const [doing, setDoing] = useState<Doing>();
  const [filter, setFilter] = useState<Filter>({ ...EVERYBODY, role: query['role'] ?? '', department: query['department'] ?? '' });
  useNames();
  const { people, searching } = usePeople(filter);
  const [open] = useState(() => invitationsOf(desk.ask, 'open'));
  const [expired] = useState(() => invitationsOf(desk.ask, 'expired'));
  const { items } = useSource<typeof open.state>(open);
  useEffect(() => {
    void open.load();
    void expired.load();
  }, [open, expired]);
  // A dialog that gives way to another one closes a moment later: that ends itself, and not the other.
  const end = () => {
    setDoing((now) => (now === doing ? undefined : now));
    keepFocus();
  };
  /** What the one list does not tell of the other: whoever has joined is in the team, and invited no more. */
  const choose = (next: 'team' | 'invitations') => {
    setSet(next);
    if (next === 'team') {
      void people.refresh();
    } else {
      void open.refresh();
      void expired.refresh();
    }
  };
  const sent = ({ invitation, link, mailed }: SentInvitation) => {
    open.merge(invitation);
    expired.merge(invitation);
    setDoing({ what: 'link', linked: invitationLink({ email: invitation.email, link, expiresAt: invitation.expiresAt, mailed }) });
  };

  return (
    <main class="people" tabIndex={-1}>
      <header class="people-head">
        <div>
          <h1>{strings.title}</h1>
          <p>{strings.introduction}</p>
        </div>
        {desk.may('manage_people') && (
          <Button kind="primary" icon="assign" onClick={() => setDoing({ what: 'invite' })}>
            {strings.invite}
          </Button>
        )}
      </header>
      <TabList<'team' | 'invitations'>
        id="people"
        label={strings.sets}
        tabs={[
          { name: 'team', label: strings.team },
          { name: 'invitations', label: strings.invitations, count: items.length },
        ]}
        chosen={set}
        onchange={choose}
      />
      <div id="people-panel" role="tabpanel" aria-labelledby={`people-${set}`}>
        {set === 'team' ? (
          <TeamList
            people={people}
            searching={searching}
            filter={filter}
            onfilter={setFilter}
            onact={(what, user) => setDoing({ what, user })}
            onlink={(linked) => setDoing({ what: 'link', linked })}
          />
        ) : (
          <InvitationList open={open} expired={expired} onsent={sent} onlink={(linked) => setDoing({ what: 'link', linked })} />
        )}
      </div>
      {doing?.what === 'invite' && <InviteForm onsent={sent} onclose={end} />}
      {doing?.what === 'link' && <LinkDialog {...doing.linked} onclose={end} />}
      {doing?.what === 'edit' && <PersonForm people={people} user={doing.user} onclose={end} />}
      {doing?.what === 'deactivate' && <Deactivate people={people} user={doing.user} onclose={end} />}
      {doing?.what === 'delete' && <Delete people={people} user={doing.user} onclose={end} />}
    </main>
  );
}

/** The people who fit; those before stay until the others are here. */
function usePeople(filter: Filter) {
  const { ask } = useDesk();
  const [people, setPeople] = useState(() => peopleOf(ask, filter));
  const [searching, setSearching] = useState(false);
  const shown = useRef(filter);
  useEffect(() => {
    if (shown.current === filter) {
      void people.load();
      return undefined;
    }
    let isWanted = true;
    setSearching(true);
    const timer = setTimeout(
      async () => {
        const next = peopleOf(ask, filter);
        await next.load();
        if (isWanted) {
          setPeople(next);
          setSearching(false);
        }
      },
      filter.search === shown.current.search ? 0 : SEARCH_MS,
    );
    shown.current = filter;
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [filter]);
  return { people, searching };
}

/** What roles and departments are called, as they are by now. */
function useNames(): void {
  const desk = useDesk();
  const { roles, departments } = desk;
  useSource<typeof roles.state>(roles);
  useSource(departments.active);
  useSource(departments.archived);
  useEffect(() => {
    void (roles.state.loaded ? roles.refresh() : roles.load());
    if (desk.may('read_departments')) {
      void (departments.active.state.loaded ? departments.active.refresh() : departments.active.load());
    }
  }, [roles, departments]);
}
