import { useRef, useSyncExternalStore } from "react";

/** A value that components watch through a selector; equal selections do not render again. */
export interface Store<T> {
  get(): T;
  set(next: T | ((now: T) => T)): void;
  watch(listener: () => void): () => void;
}

export function createStore<T>(first: T): Store<T> {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const following = typeof next === "function" ? (next as (now: T) => T)(value) : next;
      if (Object.is(following, value)) return;
      value = following;
      for (const listener of [...listeners]) listener();
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T, S>(
  store: Store<T>,
  select: (value: T) => S,
  same: (a: S, b: S) => boolean = Object.is,
): S {
  const last = useRef<{ picked: S } | null>(null);
  const pick = () => {
    const picked = select(store.get());
    if (last.current && same(last.current.picked, picked)) return last.current.picked;
    last.current = { picked };
    return picked;
  };
  return useSyncExternalStore(store.watch, pick, pick);
}
