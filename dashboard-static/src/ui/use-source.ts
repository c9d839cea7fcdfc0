/**
 * How state that outlives a component is watched. Promises that a component which reads a source through `useSource`
 * shows its present state, also when it changed between rendering and subscribing.
 */
import { useLayoutEffect, useReducer } from 'preact/hooks';

/** Anything with a state and a way to hear of the next one, such as the observables of `widget/client`. */
export interface Source<State> {
  readonly state: State;
  subscribe(listener: () => void): () => void;
}

/** Renders again whenever the source changes, and gives its state. */
export function useSource<State>(source: Source<State>): State {
  const [, renderAgain] = useReducer((count: number) => count + 1, 0);
  const { state } = source;
  useLayoutEffect(() => {
    const unsubscribe = source.subscribe(() => renderAgain(undefined));
    if (source.state !== state) {
      renderAgain(undefined);
    }
    return unsubscribe;
  }, [source]);
  return state;
}
