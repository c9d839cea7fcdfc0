/**
 * The team's tags: what there is, how many conversations have each, and what an admin does with them.
 */
import type { Tag } from '@wire';
import { useEffect, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { addressOf } from '../../shell/router.ts';
import { strings } from '../../strings/tags.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ColourDot } from '../../ui/listbox.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { Table } from '../../ui/table.tsx';
import { TabList } from '../../ui/tabs.tsx';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';
import { DeleteTag } from './delete-tag.tsx';
import { MergeTag } from './merge-tag.tsx';
import { TagForm } from './tag-form.tsx';
import './tags.css';

type Doing = { what: 'new' } | { what: 'edit' | 'merge' | 'delete'; tag: Tag };

export default function TagsScreen() {
  const desk = useDesk();
  const { tags } = desk;
  const [set, setSet] = useState<'active' | 'archived'>('active');
  const [doing, setDoing] = useState<Doing>();
  const resource = tags[set];
  const { items, loaded, hasMore, loading, error } = useSource<typeof tags.active.state>(resource);
  useEffect(() => void (resource.state.loaded ? resource.refresh() : resource.load()), [resource]);
  // Counts change with the conversations, and what changes there the inbox tells.
  useEffect(() => desk.inbox.subscribe(() => resource.hint()), [desk, resource]);
  // A dialog that gives way to another one closes a moment later: that ends itself, and not the other.
  const end = () => setDoing((now) => (now === doing ? undefined : now));

  const archive = async (tag: Tag, archived: boolean) => {
    try {
      await tags.archive(tag, archived);
      const back = tags[archived ? 'archived' : 'active'].get(tag.id);
      toast(archived ? strings.wasArchived(tag.name) : strings.wasRestored(tag.name), {
        tone: 'good',
        ...(archived && back && { action: { label: strings.undo, run: () => void archive(back, false) } }),
      });
    } catch (failure) {
      desk.failed(archived ? strings.notArchived(tag.name) : strings.notRestored(tag.name), failure);
    }
  };
  const actions = (tag: Tag): MenuItem[][] => [
    tag.archivedAt === undefined
      ? [
          { label: strings.edit, icon: 'edit', onchoose: () => setDoing({ what: 'edit', tag }) },
          { label: strings.merge, icon: 'merge', onchoose: () => setDoing({ what: 'merge', tag }) },
          { label: strings.archive, icon: 'archive', onchoose: () => void archive(tag, true) },
        ]
      : tag.mergedInto === undefined
        ? [{ label: strings.restore, icon: 'restore', onchoose: () => void archive(tag, false) }]
        : [],
    [{ label: strings.delete, icon: 'delete', danger: true, onchoose: () => setDoing({ what: 'delete', tag }) }],
  ];

  return (
    <main class="tags" tabIndex={-1}>
      <header class="tags-head">
        <div>
          <h1>{strings.title}</h1>
          <p>{strings.introduction}</p>
        </div>
        <Button kind="primary" icon="add" onClick={() => setDoing({ what: 'new' })}>
          {strings.add}
        </Button>
      </header>
      <TabList<'active' | 'archived'>
        id="tags"
        label={strings.sets}
        tabs={[
          { name: 'active', label: strings.active },
          { name: 'archived', label: strings.archived },
        ]}
        chosen={set}
        onchange={setSet}
      />
      <div id="tags-panel" role="tabpanel" aria-labelledby={`tags-${set}`} aria-busy={loading}>
        {items.length > 0 && (
          <Table
            label={strings[set]}
            busy={loading}
            rows={items}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'name',
                label: strings.columns.name,
                cell: (tag) => (
                  <span class="tags-name">
                    <ColourDot colour={tag.color} />
                    <bdi>{tag.name}</bdi>
                  </span>
                ),
              },
              {
                name: 'description',
                label: strings.columns.description,
                cell: (tag) => (
                  <span class="table-text" dir="auto">
                    {tag.mergedInto === undefined ? tag.description : mergedWords(tags.get(tag.mergedInto))}
                  </span>
                ),
              },
              {
                name: 'conversations',
                label: strings.columns.conversations,
                numeric: true,
                cell: (tag) => (
                  <a
                    class="tags-count"
                    href={addressOf('/conversations/:id?', {}, { status: 'all', tag: tag.id })}
                    aria-label={strings.showConversations(tag.name, tag.conversations)}
                  >
                    {tag.conversations}
                  </a>
                ),
              },
              {
                name: 'actions',
                label: strings.columns.actions,
                hideLabel: true,
                cell: (tag) => (
                  <Menu alignEnd title={tag.name} groups={actions(tag)}>
                    {(trigger) => <IconButton {...trigger} icon="menu" size="small" label={strings.actionsFor(tag.name)} />}
                  </Menu>
                ),
              },
            ]}
          />
        )}
        {error !== undefined ? (
          <div class="load-more" role="alert">
            <p>
              {strings.failed} {explain(error)}
            </p>
            <Button onClick={() => void (loaded ? resource.refresh() : resource.load())}>{strings.tryAgain}</Button>
          </div>
        ) : !loaded ? (
          <Skeletons label={strings.loading}>
            {[34, 52, 41, 47].map((width) => (
              <div key={width} class="tags-skeleton">
                <Skeleton width={width} />
              </div>
            ))}
          </Skeletons>
        ) : items.length === 0 ? (
          <Empty icon={set === 'active' ? 'tag' : 'archive'} title={set === 'active' ? strings.none : strings.noneArchived}>
            <p>{set === 'active' ? strings.noneExplanation : strings.noneArchivedExplanation}</p>
            {set === 'active' && (
              <Button icon="add" onClick={() => setDoing({ what: 'new' })}>
                {strings.add}
              </Button>
            )}
          </Empty>
        ) : (
          hasMore && (
            <div class="load-more">
              <Button busy={loading} onClick={() => void resource.loadMore()}>
                {strings.loadMore}
              </Button>
            </div>
          )
        )}
      </div>
      {doing?.what === 'new' && <TagForm onclose={end} />}
      {doing?.what === 'edit' && <TagForm tag={doing.tag} onclose={end} />}
      {doing?.what === 'merge' && <MergeTag tag={doing.tag} onclose={end} />}
      {doing?.what === 'delete' && (
        <DeleteTag
          tag={doing.tag}
          onclose={end}
          onmerge={doing.tag.archivedAt === undefined ? () => setDoing({ what: 'merge', tag: doing.tag }) : undefined}
          onarchive={doing.tag.archivedAt === undefined ? () => void archive(doing.tag, true) : undefined}
        />
      )}
    </main>
  );
}

function mergedWords(into: Tag | undefined): string {
  return into ? strings.merged(into.name) : strings.mergedAway;
}
