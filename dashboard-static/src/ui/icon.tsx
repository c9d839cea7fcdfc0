/**
 * The dashboard's icons, all of one family: Lucide, strokes on a 24 × 24 grid. They are named for what they mean here;
 * only those named are in the build. Decoration always: the button around one has the name.
 */
import {
  Archive,
  ArchiveArrowUp,
  ArrowDown,
  ArrowUp,
  ChevronUp,
  AtSign,
  Bell,
  Check,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  ChevronsUpDown,
  CircleAlert,
  CircleCheck,
  CircleQuestionMark,
  CirclePause,
  CircleSlash,
  Clock,
  Copy,
  CornerUpLeft,
  Ellipsis,
  ExternalLink,
  Globe,
  Inbox,
  Info,
  Keyboard,
  Lock,
  LogOut,
  Merge,
  Monitor,
  Moon,
  Palette,
  PanelRight,
  Pencil,
  Plus,
  RotateCcw,
  Search,
  SendHorizontal,
  Settings,
  SlidersHorizontal,
  StickyNote,
  Sun,
  Tag,
  Trash,
  TriangleAlert,
  User,
  UserCheck,
  UserMinus,
  UserPlus,
  Users,
  X,
  type IconNode,
} from 'lucide';
import { h } from 'preact';
import './icon.css';

const NODES = {
  add: Plus,
  alert: CircleAlert,
  appearance: Palette,
  archive: Archive,
  assign: UserPlus,
  assigned: UserCheck,
  back: ChevronLeft,
  bell: Bell,
  check: Check,
  clock: Clock,
  close: X,
  closed: CircleSlash,
  copy: Copy,
  dark: Moon,
  delete: Trash,
  down: ChevronDown,
  edit: Pencil,
  external: ExternalLink,
  filter: SlidersHorizontal,
  forward: ChevronRight,
  globe: Globe,
  help: CircleQuestionMark,
  inbox: Inbox,
  info: Info,
  keyboard: Keyboard,
  light: Sun,
  lock: Lock,
  mention: AtSign,
  menu: Ellipsis,
  merge: Merge,
  note: StickyNote,
  pending: CirclePause,
  people: Users,
  person: User,
  pick: ChevronsUpDown,
  panel: PanelRight,
  reply: CornerUpLeft,
  resolve: CircleCheck,
  restore: ArchiveArrowUp,
  retry: RotateCcw,
  search: Search,
  send: SendHorizontal,
  settings: Settings,
  signOut: LogOut,
  sortDown: ArrowDown,
  sortUp: ArrowUp,
  system: Monitor,
  tag: Tag,
  unassign: UserMinus,
  up: ChevronUp,
  warning: TriangleAlert,
} as const satisfies Record<string, IconNode>;

export type IconName = keyof typeof NODES;
export const ICON_NAMES = Object.keys(NODES) as IconName[];

/** Those that point along the line of writing, and so the other way where that runs from right to left. */
const DIRECTED: readonly IconName[] = ['back', 'forward', 'reply', 'send', 'signOut', 'external', 'panel'];

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={DIRECTED.includes(name) ? 'icon icon-directed' : 'icon'} viewBox="0 0 24 24" aria-hidden="true">
      {NODES[name].map(([tag, attributes]) => h(tag, attributes))}
    </svg>
  );
}
