/** One of a few colours, and whichever holds already. */
import { strings } from '../strings/ui.ts';
import { COLOURS } from './colours.ts';
import './colour-choice.css';

interface Props {
  name: string;
  value: string;
  oninput(value: string): void;
}

export function ColourChoice({ name, value, oninput }: Props) {
  return (
    <fieldset class="colours">
      <legend>{strings.colour}</legend>
      {[...COLOURS, ...(COLOURS.some((one) => one === value) ? [] : [value])].map((one) => (
        <label key={one} class="colour">
          <input type="radio" name={name} value={one} checked={one === value} onChange={() => oninput(one)} />
          <span class="colour-swatch" style={{ '--dot': one }} />
          <span class="hidden-label">{strings.colours[one] ?? strings.otherColour}</span>
        </label>
      ))}
    </fieldset>
  );
}
