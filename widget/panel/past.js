/**
 * The visitor's conversations, over the one on screen: those that have ended can be read again, those that go on can be
 * gone on with.
 */
import { withoutMarks } from '../client/markdown.js';
import { clockTime, dayName, daysAgo } from '../client/time.js';
import { button, element, face, named } from './dom.js';

/**
 * @param {HTMLElement} main What it lies over.
 * @param {import('./chat.js').Chat} chat
 * @param {{ onclose: () => void }} options
 * @returns {() => void} Closes it.
 */
export function openPast(main, chat, { onclose }) {
  const list = element('ul', { ariaBusy: 'true' });
  const status = element('p', { role: 'status' });
  const heading = element('h2', { tabIndex: -1, textContent: 'Your conversations' });
  const layer = element('section', { className: 'layer', ariaLabel: 'Your conversations' }, heading, status, list);
  const opener = document.querySelector('.past');

  function close() {
    layer.remove();
    main.parentElement?.classList.remove('covered');
    if (opener) {
      opener.ariaExpanded = 'false';
    }
    onclose();
  }

  async function load() {
    status.replaceChildren('Loading…');
    try {
      const conversations = await chat.list();
      status.replaceChildren(conversations.length ? '' : 'There is none yet. Your first message begins one.');
      list.replaceChildren(...conversations.map(row));
    } catch {
      status.replaceChildren('They could not be loaded. ', button('Try again', load));
    }
    list.ariaBusy = 'false';
  }

  /** @param {import('../../domain/bindings/wire.ts').ConversationSummary} conversation */
  function row({ id, status: state, unread, updatedAt, lastMessage, assignee }) {
    const isCurrent = id === chat.id;
    // The list is a few seconds behind; what is listened to is not.
    const known = isCurrent ? chat.state : chat.elsewhere.find((other) => other.id === id);
    const last = known?.messages.findLast(({ deletedAt }) => deletedAt === undefined);
    const authors = [...(known?.messages ?? []).map(({ actor }) => actor), ...(lastMessage ? [lastMessage.actor] : [])];
    const answered = authors.findLast((actor) => actor.kind !== 'visitor') ?? assignee;
    const said = last?.text ?? lastMessage?.preview ?? '';
    const now = Date.now();
    const when = daysAgo(updatedAt, now) === 0 ? clockTime(updatedAt) : dayName(updatedAt, now);
    const marks = [state === 'closed' ? 'ended' : '', unread && `${unread} unread`].filter(Boolean);
    const node = element(
      'button',
      { type: 'button', ariaCurrent: isCurrent ? 'true' : undefined },
      face(answered?.name ?? 'You'),
      element('span', { className: 'who' }, ...(answered ? [named(answered.name)] : ['You'])),
      element('span', { className: 'when', textContent: when }),
      element('span', { className: 'said', dir: 'auto', textContent: withoutMarks(said) }),
      element('span', { className: unread ? 'marks unread' : 'marks', textContent: marks.join(', ') }),
    );
    node.addEventListener('click', () => {
      chat.goTo(id);
      close();
    });
    return element('li', {}, node);
  }

  main.before(layer);
  main.parentElement?.classList.add('covered');
  if (opener) {
    opener.ariaExpanded = 'true';
  }
  heading.focus();
  load();
  return close;
}
