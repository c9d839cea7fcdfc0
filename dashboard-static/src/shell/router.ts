/**
 * Where in the dashboard a person is, kept in the address's fragment: static files need no server for it, it survives a
 * reload, and the browser's own back button works.
 *
 *     #/conversations/ID?status=pending    the screen `/conversations/:id?`, with `id` and `status`
 *
 * A pattern's `:name` is one part of the path; with a question mark it may be missing at the end.
 */
import { useEffect, useState } from 'preact/hooks';

/** What an address says beside which screen it is of. */
export interface Place {
  parameters: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
}

export interface Found<Row> extends Place {
  row: Row;
}

/** The first row whose pattern an address fits. */
export function find<Row extends { path: string }>(rows: readonly Row[], fragment: string): Found<Row> | undefined {
  const { path, query } = split(fragment);
  for (const row of rows) {
    const parameters = match(row.path, path);
    if (parameters) {
      return { row, parameters, query };
    }
  }
  return undefined;
}

/** The parts of a path that a pattern names; nothing if it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = parts(pattern);
  const given = parts(path);
  const parameters: Record<string, string> = {};
  if (given.length > wanted.length) {
    return undefined;
  }
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    const name = /^:(\w+)(\??)$/.exec(part);
    if (value === undefined) {
      if (name?.[2] !== '?') {
        return undefined;
      }
    } else if (name?.[1] !== undefined) {
      parameters[name[1]] = value;
    } else if (part !== value) {
      return undefined;
    }
  }
  return parameters;
}

/** The address of a screen: its pattern filled in, and what else is to be said. */
export function addressOf(
  pattern: string,
  parameters: Readonly<Record<string, string | undefined>> = {},
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const filled = parts(pattern).flatMap((part) => {
    const name = /^:(\w+)\??$/.exec(part)?.[1];
    const value = name === undefined ? part : parameters[name];
    return value === undefined ? [] : [encodeURIComponent(value)];
  });
  const said = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const search = new URLSearchParams(said).toString();
  return `#/${filled.join('/')}${search === '' ? '' : `?${search}`}`;
}

export function navigate(address: string, { replace = false } = {}): void {
  if (replace) {
    location.replace(address);
  } else {
    location.hash = address;
  }
}

/** The address's fragment, now and whenever it changes. */
export function useFragment(): string {
  const [fragment, setFragment] = useState(() => location.hash);
  useEffect(() => {
    const follow = () => setFragment(location.hash);
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return fragment;
}

/** Whether an address is of a pattern. */
export function isAt(pattern: string, fragment: string): boolean {
  return match(pattern, split(fragment).path) !== undefined;
}

function split(fragment: string): { path: string; query: Record<string, string> } {
  const [path = '', search = ''] = fragment.replace(/^#/, '').split('?');
  return { path, query: Object.fromEntries(new URLSearchParams(search)) };
}

function parts(path: string): string[] {
  return path.split('/').flatMap((part) => {
    try {
      return part === '' ? [] : [decodeURIComponent(part)];
    } catch {
      // Typed by hand, and no address of ours.
      return [part];
    }
  });
}
