/**
 * Who is in the conversation: the header shows faces, and says who is here, who has answered, or who will.
 *
 * @typedef {import('../client/conversation-state.js').ConversationState} ConversationState
 */
import { actorKey } from '../client/actors.js';
import { timeAgo } from '../client/time.js';
import { face, listed, named } from './dom.js';

/** How many faces the header has room for. */
const FACES = 3;

/**
 * @param {HTMLElement} header
 * @param {ConversationState} state
 */
export function showPeople(header, { conversation, present, messages }) {
  const here = present.filter(({ kind }) => kind === 'agent');
  const answer = messages.findLast(({ mine }) => !mine);
  const assignee = conversation?.assignee;
  header.querySelector('.presence')?.replaceChildren(
    ...(here.length
      ? [...listed(here.map(({ name }) => name)), here.length === 1 ? ' is here' : ' are here']
      : answer
        ? [named(answer.actor.name), ` replied ${timeAgo(answer.at, Date.now())}`]
        : assignee
          ? [named(assignee.name), ' will answer here']
          : ['Leave a message, we will answer here']),
  );
  const answered = messages.filter(({ mine }) => !mine).reverse();
  const people = [...here, ...(assignee ? [assignee] : []), ...answered.map(({ actor }) => actor)];
  const names = new Map(people.map((actor) => [actorKey(actor), actor.name]));
  header.querySelector('.people')?.replaceChildren(...[...names.values()].slice(0, FACES).map(face));
}
