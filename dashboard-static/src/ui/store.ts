/**
 * How state that outlives a component is watched. Promises that a component which reads a source through `useSource`
 * shows its present state, also when it changed between rendering and subscribing.
 */
import { useLayoutEffect, useReducer } from 'preact/hooks';

/** Anything with a state and a way to hear of the next one; the clients of `widget/client` are such sources too. */
export interface Source<State> {
  readonly state: State;
  subscribe(listener: () => void): () => void;
}

/** A source whose state its owner sets. */
export class Store<State> implements Source<State> {
  #state: State;
  #listeners = new Set<() => void>();

  constructor(state: State) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(state: State): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }
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
