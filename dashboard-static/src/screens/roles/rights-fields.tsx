/** Each right, and how far it reaches. What whoever gives them lacks stands there, too, and says why it cannot be given. */
import { REACHES, may, reachOf, type Permission, type Reach } from '../../data/permissions.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/roles.ts';
import { Select } from '../../ui/select.tsx';
import { Checkbox } from '../../ui/switch.tsx';
import { GROUPS, givable, hasReach, withRight, type Group } from './rights.ts';

interface Props {
  permissions: readonly string[];
  onchange(permissions: string[]): void;
}

export function RightsFields({ permissions, onchange }: Props) {
  return (
    <div class="rights">
      {(Object.keys(GROUPS) as Group[]).map((group) => (
        <fieldset key={group} class="rights-group">
          <legend>{strings.groups[group]}</legend>
          {GROUPS[group].map((permission) =>
            hasReach(permission) ? (
              <ReachField
                key={permission}
                permission={permission}
                reach={reachOf(permissions, permission)}
                onchange={(reach) => onchange(withRight(permissions, permission, reach))}
              />
            ) : (
              <RightField
                key={permission}
                permission={permission}
                has={may(permissions, permission)}
                onchange={(has) => onchange(withRight(permissions, permission, has ? 'all' : undefined))}
              />
            ),
          )}
        </fieldset>
      ))}
    </div>
  );
}

const NONE = 'none';

function ReachField({ permission, reach, onchange }: { permission: Permission; reach: Reach | undefined; onchange(reach: Reach | undefined): void }) {
  const desk = useDesk();
  const reaches = givable(desk.permissions, permission);
  const value: Reach | typeof NONE = reach ?? NONE;
  return (
    <Select
      label={strings.names[permission] ?? permission}
      value={value}
      options={([NONE, ...REACHES] as const).map((one) => {
        const isGivable = one === NONE || reaches.includes(one);
        const hint = isGivable ? strings.reachHints[one] : strings.beyond;
        return { value: one, label: strings.reaches[one], disabled: !isGivable, ...(hint !== '' && { hint }) };
      })}
      onchange={(next) => onchange(next === NONE ? undefined : next)}
    />
  );
}

function RightField({ permission, has, onchange }: { permission: Permission; has: boolean; onchange(has: boolean): void }) {
  const desk = useDesk();
  const isGivable = givable(desk.permissions, permission).length > 0;
  const hint = isGivable ? strings.hints[permission] : strings.beyond;
  return (
    <Checkbox
      label={strings.names[permission] ?? permission}
      checked={has}
      disabled={!isGivable && !has}
      onchange={onchange}
      {...(hint !== undefined && { hint })}
    />
  );
}

/** The same, to be read: what somebody with these may do. */
export function RightsInWords({ permissions }: { permissions: readonly string[] }) {
  const groups = (Object.keys(GROUPS) as Group[]).flatMap((group) => {
    const had = GROUPS[group].filter((permission) => may(permissions, permission));
    return had.length === 0 ? [] : [{ group, had }];
  });
  if (groups.length === 0) {
    return <p class="role-explanation">{strings.noRights}</p>;
  }
  return (
    <dl class="rights-words">
      {groups.map(({ group, had }) => (
        <div key={group}>
          <dt>{strings.groups[group]}</dt>
          {had.map((permission) => {
            const [name, reach] = [strings.names[permission] ?? permission, reachOf(permissions, permission)];
            return <dd key={permission}>{hasReach(permission) && reach ? strings.withReach(name, strings.reaches[reach]) : name}</dd>;
          })}
        </div>
      ))}
    </dl>
  );
}
