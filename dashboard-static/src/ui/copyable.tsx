/**
 * Words to take elsewhere, such as a line of code: with a button that copies them and says that it has. Where the browser
 * lets no script at the clipboard, the words are selected instead, for whoever copies by hand.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { strings } from '../strings/ui.ts';
import { Button } from './button.tsx';
import './copyable.css';

/** How long the button says that it has copied. */
const SAID_FOR = 2_000;

export function Copyable({ label, text }: { label: string; text: string }) {
  const words = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), SAID_FOR) : undefined;
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      if (words.current) {
        getSelection()?.selectAllChildren(words.current);
      }
    }
  };
  return (
    <div class="copyable" role="group" aria-label={label}>
      <code dir="ltr" ref={words}>
        {text}
      </code>
      <Button size="small" icon={copied ? 'check' : 'copy'} onClick={() => void copy()}>
        {strings.copy}
      </Button>
      <span class="hidden-label" role="status">
        {copied ? strings.copied : ''}
      </span>
    </div>
  );
}
