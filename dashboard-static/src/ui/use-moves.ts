/**
 * Motion in a list: a row that has another place glides there instead of being there at once, and a new one fades in. The
 * document is as it was rendered all the while; only what is seen lags, and not for those who want no motion.
 */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const CALM = 180;
const EASE = 'cubic-bezier(0.2, 0.8, 0.2, 1)';
/** Rows from farther away than this come from beyond what is seen: they fade in. */
const FAR = 600;

export function useMoves(list: RefObject<HTMLElement | null>, order: readonly string[]): void {
  const before = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    const rows = [...(list.current?.children ?? [])] as HTMLElement[];
    const after = new Map(order.map((key, index) => [key, rows[index]?.offsetTop ?? 0]));
    const isFirst = before.current.size === 0;
    if (!isFirst && !matchMedia('(prefers-reduced-motion: reduce)').matches) {
      for (const [index, distance] of moves(before.current, after)) {
        const comes = distance === undefined || Math.abs(distance) > FAR;
        rows[index]?.animate(comes ? { opacity: [0, 1] } : { translate: [`0 ${distance}px`, '0 0'] }, { duration: CALM, easing: EASE });
      }
    }
    before.current = after;
  }, [order.join()]);
}

/**
 * Which rows move, by their place now, and how far back each was; `undefined` for one that is new. Rows that are added at
 * the end move nothing: that is one reading on.
 */
export function moves(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): [number, number | undefined][] {
  const last = Math.max(-1, ...[...after.keys()].map((key, index) => (before.has(key) ? index : -1)));
  return [...after].flatMap(([key, top], index): [number, number | undefined][] => {
    const was = before.get(key);
    if (was === undefined) {
      return index < last ? [[index, undefined]] : [];
    }
    return was === top ? [] : [[index, was - top]];
  });
}
