/**
 * All components in all their states, at `#/ui` of a development build: where they are looked at and tested, without a
 * server. `?theme=dark&dir=rtl&brand=teal` sets how; words after `only=` narrow it down.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Avatar } from '../../ui/avatar.tsx';
import { Badge, Count, TagChip } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Copyable } from '../../ui/copyable.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { duration } from '../../ui/duration.ts';
import { Empty } from '../../ui/empty.tsx';
import { ICON_NAMES, Icon } from '../../ui/icon.tsx';
import { Kbd } from '../../ui/kbd.tsx';
import { Listbox, type Option } from '../../ui/listbox.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Name } from '../../ui/name.tsx';
import { Progress, Spinner } from '../../ui/progress.tsx';
import { Select } from '../../ui/select.tsx';
import { Several } from '../../ui/several.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { Checkbox, Switch } from '../../ui/switch.tsx';
import { Pagination, Table, type Sorting } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { LongTextField, TextField } from '../../ui/text-field.tsx';
import { ToastRegion, toast } from '../../ui/toast.tsx';
import { TooltipHost } from '../../ui/tooltip.tsx';
import './components-page.css';

type Status = 'open' | 'pending' | 'resolved' | 'closed';
const STATUSES: Option<Status>[] = [
  { value: 'open', label: 'Open', colour: 'var(--accent)' },
  { value: 'pending', label: 'Pending', colour: '#c98a1b', hint: 'Waits for the visitor.' },
  { value: 'resolved', label: 'Resolved', colour: '#1f9d5c', hint: 'Done; a new message opens it again.' },
  { value: 'closed', label: 'Closed', colour: '#8a8f9c', hint: 'Ended for the visitor as well.', disabled: true },
];

const TOWNS: Option[] = ['Aarhus', 'Bergen', 'Copenhagen', 'Évora', 'Łódź', 'New York', 'Newcastle', 'Ōsaka', 'Porto', 'São Paulo', 'Zürich'].map(
  (label) => ({ value: label, label }),
);

const PEOPLE = [
  { id: 'ada', name: 'Ada Okonkwo', open: 12, first: 95_000 },
  { id: 'bo', name: 'Bo Lindqvist', open: 4, first: 3_700_000 },
  { id: 'chen', name: '陈 伟', open: 31, first: 12_000 },
  { id: 'dalia', name: 'داليا حسن', open: 0, first: 190_000_000 },
];

export function ComponentsPage() {
  const query = new URLSearchParams(location.hash.split('?')[1]);
  const [theme, setTheme] = useState(query.get('theme') ?? 'auto');
  const [direction, setDirection] = useState(query.get('dir') ?? 'ltr');
  const [brand, setBrand] = useState(query.get('brand') ?? '');
  useEffect(() => {
    const { documentElement: root } = document;
    document.title = 'Components · Voxora';
    root.dataset['theme'] = theme;
    root.dir = direction;
    root.style.setProperty('--brand', brand);
    if (brand === '') {
      root.style.removeProperty('--brand');
    }
  });
  return (
    <main class="components">
      <header class="components-head">
        <h1>Components</h1>
        <Select
          compact
          hideLabel
          label="Theme"
          value={theme}
          onchange={setTheme}
          options={[
            { value: 'auto', label: 'Auto', icon: 'system' },
            { value: 'light', label: 'Light', icon: 'light' },
            { value: 'dark', label: 'Dark', icon: 'dark' },
          ]}
        />
        <Switch label="Right to left" checked={direction === 'rtl'} onchange={(on) => setDirection(on ? 'rtl' : 'ltr')} />
        <label class="components-brand">
          Brand <input type="color" value={brand || '#4353e0'} onInput={(event) => setBrand(event.currentTarget.value)} />
        </label>
      </header>
      <Buttons />
      <Fields />
      <Choices />
      <Overlays />
      <Facts />
      <Lists />
      <Waiting />
      <Colours />
      <ToastRegion />
      <TooltipHost />
    </main>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="components-section" aria-label={title}>
      <h2>{title}</h2>
      <div class="components-body">{children}</div>
    </section>
  );
}

const Row = ({ children }: { children: ComponentChildren }) => <div class="components-row">{children}</div>;

function Buttons() {
  const [count, setCount] = useState(0);
  const [pressed, setPressed] = useState(true);
  const press = () => setCount(count + 1);
  return (
    <Section title="Buttons">
      <Row>
        <Button kind="primary" onClick={press}>
          Primary
        </Button>
        <Button onClick={press}>Secondary</Button>
        <Button kind="quiet" onClick={press}>
          Quiet
        </Button>
        <Button kind="danger" onClick={press}>
          Danger
        </Button>
        <Button icon="resolve" kind="primary" onClick={press}>
          With an icon
        </Button>
        <p role="status">Pressed {count} times</p>
      </Row>
      <Row>
        <Button kind="primary" disabled onClick={press}>
          Not now
        </Button>
        <Button disabled onClick={press}>
          Not now either
        </Button>
        <Button kind="primary" busy onClick={press}>
          Saving
        </Button>
        <Button busy onClick={press}>
          Loading
        </Button>
        <Button size="small" onClick={press}>
          Small
        </Button>
        <Button size="small" kind="primary" icon="add" onClick={press}>
          Small
        </Button>
      </Row>
      <Row>
        <IconButton icon="search" label="Search" shortcut="Control+K" onClick={press} />
        <IconButton icon="bell" label="Notifications" pressed={pressed} onClick={() => setPressed(!pressed)} />
        <IconButton icon="settings" label="Settings" disabled onClick={press} />
        <IconButton icon="retry" label="Reload" busy onClick={press} />
        <IconButton icon="edit" label="Edit" size="small" onClick={press} />
        <IconButton icon="signOut" label="Sign out" onClick={press} />
        <button type="button" class="quiet-button" onClick={press}>
          Like a link
        </button>
      </Row>
      <Row>
        {ICON_NAMES.map((name) => (
          <span key={name} class="components-icon" title={name}>
            <Icon name={name} />
          </span>
        ))}
      </Row>
    </Section>
  );
}

function Fields() {
  const [text, setText] = useState('');
  const [long, setLong] = useState('');
  const [password, setPassword] = useState('correct horse');
  return (
    <Section title="Fields">
      <div class="components-grid">
        <TextField label="Name" name="name" autocomplete="off" value={text} oninput={setText} hint="Visitors and colleagues see it." />
        <TextField label="E-mail address" name="email" type="email" autocomplete="off" value="ada@" oninput={() => {}} error="Enter an e-mail address, like ada@example.com." />
        <TextField label="Password" name="password" type="password" autocomplete="off" value={password} oninput={setPassword} />
        <TextField label="Find" hideLabel name="find" type="search" icon="search" placeholder="Search" autocomplete="off" value={text} oninput={setText} />
        <LongTextField label="Description" optional name="description" value={long} oninput={setLong} placeholder="What is it for?" />
        <LongTextField label="Greeting" name="greeting" value={'Hello!\nHow can we help?'} oninput={() => {}} error="May have one line only." />
      </div>
    </Section>
  );
}

function Choices() {
  const [status, setStatus] = useState<Status>('open');
  const [town, setTown] = useState<string | undefined>('Porto');
  const [towns, setTowns] = useState(['Bergen', 'Łódź']);
  const [tags, setTags] = useState(['billing']);
  const [one, setOne] = useState<string[]>(['open']);
  const [on, setOn] = useState(true);
  const [checked, setChecked] = useState(false);
  const [tab, setTab] = useState<'reply' | 'note' | 'mail'>('reply');
  const [made, setMade] = useState<string[]>([]);
  return (
    <Section title="Choices">
      <div class="components-grid">
        <Select label="Status" value={status} options={STATUSES} onchange={setStatus} hint="Moving in the list chooses nothing." />
        <Select label="Status, being changed" busy value={status} options={STATUSES} onchange={setStatus} />
        <Select label="Status, fixed" disabled value="closed" options={STATUSES} onchange={setStatus} />
        <Select label="Status, wrong" value={status} options={STATUSES} onchange={setStatus} error="It has changed meanwhile." />
        <Combobox label="Town" value={town} options={TOWNS} onchange={setTown} placeholder="Find a town" />
        <Combobox
          label="Add a tag"
          value={undefined}
          options={['billing', 'bug', 'praise', 'shipping'].filter((name) => !made.includes(name)).map((name) => ({ value: name, label: name, colour: '#b35bd6' }))}
          onchange={(name) => setMade([...made, name])}
          oncreate={(name) => setMade([...made, name])}
          placeholder="Find or create"
          hint={made.length > 0 ? `Added: ${made.join(', ')}` : 'Nothing added yet.'}
        />
        <Several
          label="Ports of call"
          placeholder="Find a town"
          options={TOWNS}
          chosen={towns}
          otherName={(name) => name}
          onchange={setTowns}
        />
        <Listbox label="One of these" options={STATUSES} chosen={one} onchange={setOne} />
        <Listbox label="Several of these" several options={['billing', 'bug', 'praise'].map((name) => ({ value: name, label: name }))} chosen={tags} onchange={setTags} />
      </div>
      <Row>
        <Switch label="Sounds" checked={on} onchange={setOn} hint="When a visitor writes." />
        <Switch label="Fixed" checked={false} disabled onchange={() => {}} />
        <Checkbox label="Remember me" checked={checked} onchange={setChecked} />
        <Checkbox label="Some of them" mixed checked={false} onchange={() => {}} />
        <Checkbox label="Fixed too" disabled checked onchange={() => {}} />
      </Row>
      <Tabs
        label="What to write"
        chosen={tab}
        onchange={setTab}
        tabs={[
          { name: 'reply', label: 'Reply', icon: 'reply' },
          { name: 'note', label: 'Note', icon: 'lock', count: 3 },
          { name: 'mail', label: 'Mail' },
        ]}
      >
        <p>This is the panel of “{tab}”.</p>
      </Tabs>
    </Section>
  );
}

function Overlays() {
  const [shown, setShown] = useState<'dialog' | 'question' | 'drawer'>();
  const [done, setDone] = useState('nothing');
  const [name, setName] = useState('');
  const close = () => setShown(undefined);
  const choose = (what: string) => () => setDone(what);
  return (
    <Section title="Overlays">
      <Row>
        <Menu
          groups={[
            [
              { label: 'Reply', icon: 'reply', shortcut: 'R', onchoose: choose('Reply') },
              { label: 'Assign', icon: 'assign', shortcut: 'A', onchoose: choose('Assign') },
              { label: 'Resolve', icon: 'resolve', hint: 'A new message opens it again.', onchoose: choose('Resolve') },
              { label: 'Snooze', icon: 'clock', disabled: true, onchoose: choose('Snooze') },
            ],
            [{ label: 'Delete…', icon: 'delete', danger: true, onchoose: () => setShown('question') }],
          ]}
        >
          {(trigger) => <Button {...trigger}>Actions</Button>}
        </Menu>
        <Menu
          alignEnd
          title="Ada Okonkwo"
          groups={[
            [
              { label: 'Auto', icon: 'system', checked: false, onchoose: choose('Auto') },
              { label: 'Light', icon: 'light', checked: true, onchoose: choose('Light') },
              { label: 'Dark', icon: 'dark', checked: false, onchoose: choose('Dark') },
            ],
            [{ label: 'Fields', icon: 'external', href: '#/ui' }],
          ]}
        >
          {(trigger) => <IconButton {...trigger} icon="menu" label="More" />}
        </Menu>
        <p role="status">Done: {done}</p>
      </Row>
      <Row>
        <Button onClick={() => setShown('dialog')}>Open a dialog</Button>
        <Button onClick={() => setShown('question')}>Ask a question</Button>
        <Button onClick={() => setShown('drawer')}>Open a drawer</Button>
        <Button onClick={() => toast('The conversation is resolved.', { action: { label: 'Undo', run: choose('Undo') } })}>Toast with a way back</Button>
        <Button onClick={() => toast('Saved.', { tone: 'good' })}>Good toast</Button>
        <Button onClick={() => toast('Not saved. The server cannot be reached.', { tone: 'bad' })}>Bad toast</Button>
      </Row>
      {shown === 'dialog' && (
        <Dialog
          title="Rename the tag"
          explanation="It is renamed in all conversations."
          onclose={close}
          actions={(dismiss) => (
            <>
              <Button onClick={dismiss}>Cancel</Button>
              <Button kind="primary" onClick={dismiss}>
                Rename
              </Button>
            </>
          )}
        >
          <TextField label="New name" name="new-name" autocomplete="off" value={name} oninput={setName} />
          <Select label="Colour" value="open" options={STATUSES} onchange={() => {}} />
        </Dialog>
      )}
      {shown === 'question' && (
        <Confirm question="Delete this message?" explanation="Its text will be gone for the visitor and for the team." action="Delete" onconfirm={choose('Delete')} onclose={close} />
      )}
      {shown === 'drawer' && (
        <Dialog drawer title="Details" onclose={close}>
          <p>What is looked at beside the work.</p>
          <Button onClick={() => setShown('question')}>Ask from here</Button>
        </Dialog>
      )}
    </Section>
  );
}

/** A name that turns what follows, and one that paints over its neighbours. */
const EVE = 'Eve\u202e';
const STACKED = `Zal${'\u0347\u0301'.repeat(30)}go`;

function Facts() {
  const now = Date.now();
  return (
    <Section title="Facts">
      <Row>
        <Count count={1} />
        <Count count={61} />
        <Count count={1000} />
        <Badge>Closed</Badge>
        <Badge tone="accent" icon="inbox">
          Open
        </Badge>
        <Badge tone="warning" icon="pending">
          Pending
        </Badge>
        <Badge tone="good" icon="resolve">
          Resolved
        </Badge>
        <Badge tone="bad" icon="alert">
          Failed
        </Badge>
        <TagChip name="billing" colour="#b35bd6" />
        <TagChip name="a tag with a name that does not fit anywhere" colour="#d08700" onremove={() => {}} removeLabel="Remove the tag" />
      </Row>
      <Row>
        {PEOPLE.map((actor, index) => (
          <Avatar key={actor.id} actor={actor} presence={(['online', 'away', 'busy', 'offline'] as const)[index % 4]} />
        ))}
        {['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => (
          <Avatar key={id} actor={{ id, name: `${id} ${id}` }} />
        ))}
        <Avatar actor={{ id: 'flag', name: '🇩🇪 Dora' }} size="large" />
        <Avatar actor={{ id: 'small', name: 'Small' }} size="small" />
      </Row>
      <p class="components-names">
        <Name>{EVE}</Name> took this conversation from <Name>{STACKED}</Name>, and <Name>داليا حسن</Name> joined at <Moment at={now - 3_600_000} />.
      </p>
      <Row>
        <Moment at={now - 20_000} now={now} />
        <Moment at={now - 12 * 60_000} now={now} />
        <Moment at={now - 3 * 86_400_000} now={now} />
        <span>{duration(95_000)}</span>
        <span>{duration(190_000_000, { long: true })}</span>
        <Kbd keys="E" />
        <Kbd keys="Control+/" />
        <Kbd keys="Mod+K" />
      </Row>
    </Section>
  );
}

function Lists() {
  const [sorting, setSorting] = useState<Sorting>({ column: 'name', descending: false });
  const [page, setPage] = useState(1);
  const rows = [...PEOPLE].sort((one, other) => {
    const order = sorting.column === 'open' ? one.open - other.open : one.name.localeCompare(other.name);
    return sorting.descending ? -order : order;
  });
  return (
    <Section title="Lists">
      <Table
        label="People"
        rows={rows}
        keyOf={({ id }) => id}
        sorting={sorting}
        onsort={setSorting}
        columns={[
          {
            name: 'name',
            label: 'Name',
            sortable: true,
            cell: (person) => (
              <span class="components-person">
                <Avatar actor={person} size="small" /> <Name>{person.name}</Name>
              </span>
            ),
          },
          { name: 'open', label: 'Open', numeric: true, sortable: true, cell: ({ open }) => open },
          { name: 'first', label: 'First reply', numeric: true, cell: ({ first }) => duration(first) },
          { name: 'state', label: 'State', cell: ({ open }) => (open > 0 ? <Badge tone="good">Available</Badge> : <Badge>Away</Badge>) },
          {
            name: 'actions',
            label: 'Actions',
            hideLabel: true,
            numeric: true,
            cell: ({ name }) => <IconButton icon="menu" size="small" label={`Change ${name}`} />,
          },
        ]}
      />
      <Pagination
        shown={`${(page - 1) * 50 + 1} to ${page * 50}`}
        onnewer={page > 1 ? () => setPage(page - 1) : undefined}
        onolder={page < 3 ? () => setPage(page + 1) : undefined}
      />
      <Copyable label="The line for your site" text={'<script src="https://chat.example/widget.js" async></script>'} />
      <div class="components-frame">
        <Empty icon="inbox" title="No conversations yet">
          <p>They appear here as soon as a visitor writes. Put the widget on your site, or write to yourself in the demo shop.</p>
          <div class="empty-actions">
            <Button kind="primary" icon="add">
              Invite a colleague
            </Button>
            <Button icon="external">Open the demo shop</Button>
          </div>
        </Empty>
      </div>
    </Section>
  );
}

function Waiting() {
  return (
    <Section title="Waiting">
      <Row>
        <Spinner />
        <span>Loading…</span>
      </Row>
      <div class="components-grid">
        <Progress label="Importing" value={0.42} />
        <Progress label="Counting" />
      </div>
      <Skeletons label="Loading the people…">
        {[70, 90, 55].map((width) => (
          <div key={width} class="components-person">
            <Skeleton round />
            <div class="components-lines">
              <Skeleton width={width / 2} />
              <Skeleton width={width} />
            </div>
          </div>
        ))}
      </Skeletons>
    </Section>
  );
}

/** Pairs of words and ground that the tokens promise 4.5:1 for. */
const PAIRS = [
  ['text', 'ground'],
  ['text', 'surface'],
  ['text', 'surface-hover'],
  ['text', 'surface-chosen'],
  ['text', 'mine'],
  ['text', 'theirs'],
  ['text-quiet', 'ground'],
  ['text-quiet', 'surface'],
  ['text-quiet', 'surface-hover'],
  ['text-quiet', 'surface-chosen'],
  ['text-quiet', 'raised'],
  ['accent-text', 'surface'],
  ['accent-text', 'ground'],
  ['accent-text', 'surface-chosen'],
  ['accent-text', 'mine'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['note-text', 'note'],
  ['text', 'note'],
  ['bad', 'surface'],
  ['bad', 'bad-ground'],
  ['warning', 'warning-ground'],
  ['good', 'good-ground'],
  ['good', 'surface'],
] as const;

function Colours() {
  return (
    <Section title="Colours">
      <div class="components-colours">
        {PAIRS.map(([words, ground]) => (
          <p key={words + ground} data-pair={`${words} on ${ground}`} style={{ color: `var(--${words})`, background: `var(--${ground})` }}>
            {words} on {ground}
          </p>
        ))}
      </div>
    </Section>
  );
}
