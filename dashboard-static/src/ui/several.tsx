/**
 * Several of many: what is chosen, each with the way to take it out, and a field in which one writes to find another. What was
 * chosen and is no option any more stays until it is taken out.
 */
import { useRef } from 'preact/hooks';
import { strings } from '../strings/ui.ts';
import { TagChip } from './badge.tsx';
import { Combobox } from './combobox.tsx';
import type { FieldProps } from './field.tsx';
import type { Option } from './listbox.tsx';
import './several.css';

interface Props extends FieldProps {
  options: readonly Option[];
  chosen: readonly string[];
  onchange(chosen: string[]): void;
  placeholder?: string;
  /** What one is called that is no option. */
  otherName(value: string): string;
}

export function Several({ options, chosen, onchange, placeholder, otherName, ...field }: Props) {
  const around = useRef<HTMLDivElement>(null);
  const toField = () => requestAnimationFrame(() => around.current?.querySelector('input')?.focus());
  return (
    <div class="several" ref={around}>
      <Combobox
        {...field}
        {...(placeholder !== undefined && { placeholder })}
        value={undefined}
        options={options.filter(({ value }) => !chosen.includes(value))}
        onchange={(value) => onchange([...chosen, value])}
      />
      {chosen.length > 0 && (
        <ul class="several-chosen" aria-label={field.label}>
          {chosen.map((value) => {
            const option = options.find((one) => one.value === value);
            const name = option?.label ?? otherName(value);
            return (
              <li key={value}>
                <TagChip
                  name={name}
                  colour={option?.colour ?? 'var(--edge)'}
                  removeLabel={strings.takeOut(name)}
                  onremove={() => {
                    onchange(chosen.filter((one) => one !== value));
                    toField();
                  }}
                />
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
