/**
 * Who else is at the open conversation: in a banner above where one writes, when somebody else is answering it, with the way
 * to take over; and in words for whoever cannot see it.
 */
import type { Attending } from '@wire';
import { useCommands } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Name } from '../../ui/name.tsx';
import { useMedia } from '../../ui/use-media.ts';

/** Where there is room for who else is there beside the visitor's name. */
export const WIDE = '(width >= 48rem)';

/** A name that turns nothing but itself, where only text can stand (first strong isolate). */
function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

/** Who is there, in facts: those who write, then those who look. */
export function attentionFacts(others: readonly Attending[]): string[] {
  const names = (replying: boolean) => others.filter((one) => one.replying === replying).map(({ name }) => isolated(name));
  const [write, look] = [names(true), names(false)];
  return [...(write.length > 0 ? [strings.replies(write)] : []), ...(look.length > 0 ? [strings.looks(look)] : [])];
}

export function ClaimBanner({ others, ontakeover }: { others: readonly Attending[]; ontakeover: (() => void) | undefined }) {
  const answering = others.find(({ claims }) => claims);
  const isOffered = answering !== undefined && ontakeover !== undefined;
  const isWide = useMedia(WIDE);
  useCommands({
    name: strings.groups.conversation,
    scope: 'open',
    commands: [{ key: 't', words: strings.commands.takeOver, icon: 'assigned', isOffered: () => isOffered, run: () => ontakeover?.() }],
  });
  return (
    <>
      {/* A phone has no room for it beside the visitor's name. */}
      <p class={isWide || others.length === 0 ? 'hidden-label' : 'typing'} role="status">
        {attentionFacts(others).join('. ')}
      </p>
      {answering && (
        <div class="composer-closed composer-claim">
          <p>
            <Icon name="edit" /> <Name>{answering.name}</Name>
            {strings.answering}
          </p>
          {ontakeover && (
            <Button size="small" aria-keyshortcuts="T" onClick={ontakeover}>
              {strings.takeOver}
            </Button>
          )}
        </div>
      )}
    </>
  );
}
