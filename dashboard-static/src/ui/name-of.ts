/**
 * What people are called in the dashboard. The server calls a visitor who has not said their name "Visitor 6F1C", after
 * the first digits of their id: fine in a log and in an export, where it can be searched for, but in a list one of these
 * looks like another. Here such a visitor has a name made of words. Promises that it comes from the id alone, so that it
 * is the same in every list, on every day and for every colleague; and that any other name is shown as it was given.
 */
import type { Actor } from '@wire';
import { strings } from '../strings/names.ts';

type Named = Pick<Actor, 'id' | 'name'>;

/** What to call somebody. */
export function nameOf(person: Named): string {
  return isUnnamed(person) ? friendlyName(person.id) : person.name;
}

/** Whether somebody is called what the server calls those who have no name (`visitor` in `domain/src/access/mod.rs`). */
export function isUnnamed({ id, name }: Named): boolean {
  return name === `Visitor ${id.slice(0, 4).toUpperCase()}`;
}

/** One of 27,450: of sixty visitors in a list, two have the same one about every sixteenth time. */
function friendlyName(id: string): string {
  const { qualities, creatures, name } = strings;
  const place = hash(id) % (qualities.length * creatures.length);
  return name(qualities[Math.floor(place / creatures.length)] ?? '', creatures[place % creatures.length] ?? '');
}

/** FNV-1a, which spreads ids that differ in one digit over all places. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
