/**
 * The inbox: the list of conversations and the open one. On a narrow screen they are two pages; on a wide one they stand
 * side by side.
 */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { isUnanswered } from '../../data/changes.ts';
import { useCommands, useDesk } from '../../shell/desk.ts';
import { FirstSteps, useFirstSteps } from '../../shell/first-steps.tsx';
import { navigate, type Place } from '../../shell/router.ts';
import { strings } from '../../strings/inbox.ts';
import { Empty } from '../../ui/empty.tsx';
import { Kbd } from '../../ui/kbd.tsx';
import { toast } from '../../ui/toast.tsx';
import { useMedia } from '../../ui/use-media.ts';
import { useSource } from '../../ui/use-source.ts';
import { setStatus } from './acts.ts';
import { ConversationPane, type Arrival } from './conversation-pane.tsx';
import { EVERYTHING, EmptyList, Embedding } from './empty-list.tsx';
import { InboxPane } from './inbox-pane.tsx';
import { nextAfter, stepFrom } from './neighbours.ts';
import { filterOf, routeAddress, routeOf } from './route.ts';
import './inbox.css';
import './conversation.css';

export default function InboxScreen(place: Place) {
  const desk = useDesk();
  const { inbox, conversations, changes, tags, departments, ask } = desk;
  const route = routeOf(place);
  const { conversationId, tag } = route;
  const filter = filterOf(route, tag === undefined ? [] : tags.mergedInto(tag));
  const state = useSource(inbox);
  const { shown } = useSource(conversations);
  useSource(changes);
  useSource(tags.active);
  useSource(tags.archived);
  const list = state.list(filter);
  const ids = list.conversations.map(({ id }) => id);
  const everything = state.list(EVERYTHING);
  const steps = useFirstSteps(everything.loaded && everything.conversations.length === 0);
  const firstSteps = steps.length > 0 && <FirstSteps steps={steps} details={{ chat: <Embedding /> }} />;
  const isWide = useMedia('(width >= 48rem)');
  /** How the open conversation came to be open, which decides where the focus goes. */
  const arrival = useRef<Arrival>('chosen');
  const undo = useRef<(() => void) | undefined>(undefined);

  // Before anything is painted: what was open must not flash up under the next one's address.
  useLayoutEffect(() => conversations.show(conversationId), [conversations, conversationId]);
  useEffect(() => () => conversations.show(undefined), [conversations]);
  useEffect(() => void (desk.may('read_tags') && tags.active.load()), [tags]);
  // What is not here yet is loaded by whoever shows it.
  useEffect(() => void (departments.active.state.loaded && departments.active.refresh()), [departments]);
  // A list of a tag has also what is merged into it.
  useEffect(() => void (tag !== undefined && tags.archived.load()), [tags, tag]);

  const open = (id: string | undefined, how: Arrival) => {
    arrival.current = how;
    navigate(routeAddress({ ...route, conversationId: id }));
  };
  const step = (by: 1 | -1) => {
    const next = stepFrom(ids, conversationId, by);
    if (next !== undefined) {
      open(next, 'stepped');
    }
  };
  const resolve = (id: string) => {
    const before = (shown?.id === id ? shown.client.state.conversation : undefined)?.status ?? state.get(id)?.status ?? 'open';
    changes.do(id, setStatus(ask, id, 'resolved'));
    open(nextAfter(ids, id), 'stepped');
    undo.current = () => {
      undo.current = undefined;
      dismiss();
      changes.do(id, setStatus(ask, id, before));
      open(id, 'chosen');
    };
    const dismiss = toast(strings.resolved, { tone: 'good', action: { label: strings.undo, run: () => undo.current?.() } });
  };

  useCommands({
    name: strings.groups.list,
    scope: 'screen',
    commands: [
      { key: 'j', words: strings.commands.next, icon: 'down', run: () => step(1) },
      { key: 'k', words: strings.commands.previous, icon: 'up', run: () => step(-1) },
      { key: 'z', words: strings.commands.undo, icon: 'retry', isOffered: () => undo.current !== undefined, run: () => undo.current?.() },
    ],
  });

  return (
    <main class={conversationId === undefined ? 'panes panes-list' : 'panes panes-conversation'} tabIndex={-1}>
      <h1 class="hidden-label">{strings.inbox}</h1>
      <InboxPane
        list={list}
        filter={filter}
        route={route}
        // What is beside it on a wide screen is all there is on a narrow one.
        empty={<EmptyList route={route}>{firstSteps && (isWide ? <></> : firstSteps)}</EmptyList>}
        onopen={() => (arrival.current = 'chosen')}
      />
      {conversationId !== undefined && shown?.id === conversationId ? (
        <ConversationPane
          key={shown.id}
          id={shown.id}
          client={shown.client}
          route={route}
          arrival={arrival}
          summary={state.get(shown.id)}
          busy={isUnanswered(shown.id, changes.state)}
          onresolve={() => resolve(shown.id)}
          onclose={() => open(undefined, 'chosen')}
          onlost={(name) => {
            toast(strings.outOfReach(name));
            open(undefined, 'stepped');
          }}
        />
      ) : (
        <section class="conversation" aria-label={strings.conversation}>
          {firstSteps && isWide ? (
            firstSteps
          ) : (
            <Empty icon="inbox" title={strings.noneOpen}>
              {ids.length > 0 && <p>{strings.choose}</p>}
              <p class="empty-keys">
                <Kbd keys="Mod+K" /> {strings.find} · <Kbd keys="?" /> {strings.help}
              </p>
            </Empty>
          )}
        </section>
      )}
    </main>
  );
}
