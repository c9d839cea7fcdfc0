/** What somebody of a role would see: how many conversations, by the server's count, and which screens. */
import type { RolePreview as Preview } from '@wire';
import { useEffect, useState } from 'preact/hooks';
import { may, reachOf } from '../../data/permissions.ts';
import { useAll } from '../../data/use-all.ts';
import { useDesk } from '../../shell/desk.ts';
import { SCREENS } from '../../shell/screens.ts';
import { strings } from '../../strings/roles.ts';
import { Several } from '../../ui/several.tsx';
import { warningsOf } from './rights.ts';

/** How long after the last change of rights they are counted for. */
const COUNT_MS = 300;

export function RolePreview({ permissions }: { permissions: readonly string[] }) {
  const desk = useDesk();
  const { departments } = desk;
  const [within, setWithin] = useState<string[]>([]);
  const { items } = useAll(departments.active, desk.may('read_departments'));
  const { preview, failed } = usePreview(permissions, within);
  const asksWhere = reachOf(permissions, 'read_conversations') === 'departments' && items.length > 0;
  // What everybody may is theirs, too.
  const screens = SCREENS.filter(({ permission }) => permission === 'update_own_account' || may(permissions, permission));
  return (
    <section class="role-preview" aria-labelledby="role-preview">
      <h2 id="role-preview">{strings.preview}</h2>
      {asksWhere && (
        <Several
          label={strings.previewDepartments}
          placeholder={strings.anyDepartment}
          options={items.map(({ id, name, color }) => ({ value: id, label: name, colour: color }))}
          chosen={within}
          otherName={(id) => departments.get(id)?.name ?? '…'}
          onchange={setWithin}
        />
      )}
      <p role="status">
        {failed ? (
          strings.previewFailed
        ) : preview?.of === 0 ? (
          strings.nothingToSee
        ) : preview ? (
          <>
            <strong class="role-count">{strings.seesCount(preview.conversations, preview.of)}</strong>
            {may(permissions, 'read_conversations') && preview.conversations < preview.of && `, ${strings.besides}`}.
          </>
        ) : (
          strings.counting
        )}
      </p>
      <p class="role-explanation">{strings.screens}</p>
      <ul class="role-screens">
        {screens.map(({ path, title }) => (
          <li key={path}>{title}</li>
        ))}
      </ul>
      {warningsOf(permissions).map((warning) => (
        <p key={warning} class="notice">
          {warning}
        </p>
      ))}
    </section>
  );
}

/** Counts once nothing has changed for a moment; what was counted for other rights is not shown. */
function usePreview(permissions: readonly string[], departments: readonly string[]) {
  const { ask } = useDesk();
  const [state, setState] = useState<{ preview?: Preview; failed?: boolean }>({});
  const wanted = JSON.stringify({ permissions, departments });
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      ask('POST /api/v1/roles/preview', { body: JSON.parse(wanted) as { permissions: string[]; departments: string[] } }).then(
        (preview) => isWanted && setState({ preview }),
        () => isWanted && setState({ failed: true }),
      );
    }, COUNT_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [ask, wanted]);
  return state;
}
