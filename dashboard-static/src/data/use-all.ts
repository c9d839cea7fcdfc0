/** All there is of a resource, page after page: for what is searched here, or chosen from. */
import { useEffect } from 'preact/hooks';
import { useSource } from '../ui/use-source.ts';
import type { Kept, Resource, ResourceState } from './resource.ts';

/** `wanted`: whether anybody may have it at all. */
export function useAll<Item extends Kept, Create, Update>(
  resource: Resource<Item, Create, Update>,
  wanted = true,
): ResourceState<Item> {
  const state: ResourceState<Item> = useSource<ResourceState<Item>>(resource);
  const { loaded, hasMore, loading, error } = state;
  useEffect(() => {
    if (wanted && !loaded && error === undefined) {
      void resource.load();
    } else if (wanted && hasMore && !loading && error === undefined) {
      void resource.loadMore();
    }
  }, [resource, wanted, loaded, hasMore, loading, error]);
  return state;
}
