/** The words of what is told of while nobody looks. */
import { plural } from './plural.ts';

export const strings = {
  several: (count: number) => plural(count, { one: '# conversation has new messages', other: '# conversations have new messages' }),
} as const;
