/** A form while a component shows it. */
import { useRef, useState } from 'preact/hooks';
import { useSecondsUntil } from '../ui/time.ts';
import { useSource } from '../ui/use-source.ts';
import { Form, type FormOptions, type Values } from './form.ts';

export interface FormField {
  name: string;
  value: string;
  error: string | undefined;
  oninput(value: string): void;
}

export function useForm<V extends Values>(options: FormOptions<V>, onsent?: () => void) {
  const latest = useRef(options.send);
  latest.current = options.send;
  const [form] = useState(() => new Form({ ...options, send: (values) => latest.current(values) }));
  const state = useSource(form);
  const wait = useSecondsUntil(state.waitUntil);
  return {
    ...state,
    /** How long the server wants to be left alone, in seconds. */
    wait,
    field: (name: keyof V & string): FormField => ({
      name,
      value: state.values[name] ?? '',
      error: state.errors[name],
      oninput: (value) => form.write(name, value),
    }),
    onSubmit: async (event: Event & { currentTarget: HTMLFormElement }) => {
      event.preventDefault();
      const element = event.currentTarget;
      if (await form.submit()) {
        onsent?.();
      } else {
        // What is wrong is in the document after the next rendering only.
        requestAnimationFrame(() => element.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      }
    },
  };
}
