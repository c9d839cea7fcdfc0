/**
 * Rows of alike. Where it is wider than its place it scrolls by itself, also by keyboard; a heading that sorts is a
 * button and says how.
 */
import type { ComponentChildren } from 'preact';
import { strings } from '../strings/ui.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import './table.css';

export interface Column<Row> {
  name: string;
  label: string;
  /** For a column that says itself what it is, such as one of buttons. */
  hideLabel?: boolean;
  numeric?: boolean;
  sortable?: boolean;
  cell(row: Row): ComponentChildren;
}

export interface Sorting {
  column: string;
  descending: boolean;
}

interface Props<Row> {
  label: string;
  /** The first of them names the row. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
  sorting?: Sorting;
  onsort?(sorting: Sorting): void;
  /** Whether what is shown is about to be replaced. */
  busy?: boolean;
}

export function Table<Row>({ label, columns, rows, keyOf, sorting, onsort, busy = false }: Props<Row>) {
  return (
    <div class="table-scroll" role="region" aria-label={label} tabIndex={0} aria-busy={busy}>
      <table class="table">
        <thead>
          <tr>
            {columns.map(({ name, label: words, hideLabel, numeric, sortable }) => {
              const sorted = sorting?.column === name ? sorting : undefined;
              return (
                <th
                  key={name}
                  scope="col"
                  class={numeric ? 'table-number' : ''}
                  {...(sorted && { 'aria-sort': sorted.descending ? 'descending' : 'ascending' })}
                >
                  {sortable ? (
                    <button
                      type="button"
                      class="table-sort"
                      onClick={() => onsort?.({ column: name, descending: sorted ? !sorted.descending : false })}
                    >
                      {words}
                      <span class={sorted ? '' : 'table-unsorted'}>
                        <Icon name={sorted?.descending ? 'sortDown' : 'sortUp'} />
                      </span>
                    </button>
                  ) : (
                    <span class={hideLabel ? 'hidden-label' : ''}>{words}</span>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, numeric, cell }, index) =>
                index === 0 ? (
                  <th key={name} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={name} class={numeric ? 'table-number' : ''}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface PaginationProps {
  /** What is shown, such as "1 to 50". */
  shown: string;
  onnewer: (() => void) | undefined;
  onolder: (() => void) | undefined;
  busy?: boolean;
}

/** From page to page of a list that is known by its cursors only: back and on, and no number of pages. */
export function Pagination({ shown, onnewer, onolder, busy = false }: PaginationProps) {
  return (
    <nav class="pagination" aria-label={strings.pages}>
      <p role="status">{shown}</p>
      <Button size="small" icon="back" disabled={!onnewer || busy} onClick={onnewer}>
        {strings.newer}
      </Button>
      <Button size="small" class="pagination-on" icon="forward" disabled={!onolder || busy} onClick={onolder}>
        {strings.older}
      </Button>
    </nav>
  );
}
