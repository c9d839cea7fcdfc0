/**
 * A name or any other words that somebody chose, within words of ours. Isolated, so that a name written from right to
 * left, or made to turn what follows, turns nothing but itself; and what it stacks above and below itself stays within
 * its own line.
 */
import './name.css';

export function Name({ children }: { children: string }) {
  return <bdi class="name">{children}</bdi>;
}
