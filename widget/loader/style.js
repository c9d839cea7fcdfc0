/**
 * How the launcher and the frame look. They sit in a shadow root, so no selector of the page reaches them; what could
 * still be inherited is reset on the host. Light and dark follow the visitor's system, left and right the page.
 */
export default `
:host {
  all: initial !important;
  color-scheme: light dark;
  --accent: #0b6b61;
  --on-accent: #fff;
  --gap: 20px;
}
@media (prefers-color-scheme: dark) {
  :host { --accent: #5cd6c3; --on-accent: #06201d; }
}
button {
  all: unset;
  position: fixed;
  z-index: 2147483647;
  inset-block-end: max(var(--gap), env(safe-area-inset-bottom));
  inset-inline-end: max(var(--gap), env(safe-area-inset-right));
  inline-size: 60px;
  block-size: 60px;
  border-radius: 30px;
  display: grid;
  place-items: center;
  background: var(--accent);
  color: var(--on-accent);
  box-shadow: 0 2px 6px #0003, 0 8px 24px #0003;
  cursor: pointer;
  transition: scale .16s;
}
button:hover { scale: 1.06; }
button:active { scale: .96; }
button:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 3px;
}
svg {
  grid-area: 1 / 1;
  inline-size: 28px;
  fill: currentColor;
  transition: opacity .16s, rotate .16s;
}
svg + svg {
  fill: none;
  stroke: currentColor;
  stroke-width: 2.5;
  stroke-linecap: round;
  stroke-linejoin: round;
}
:host([open]) svg:first-child, :host(:not([open])) svg + svg {
  opacity: 0;
  rotate: 45deg;
}
span {
  position: absolute;
  inset-block-start: -4px;
  inset-inline-end: -4px;
  min-inline-size: 22px;
  box-sizing: border-box;
  padding: 0 6px;
  border-radius: 11px;
  background: #c81e3a;
  color: #fff;
  font: 700 12px/22px system-ui, sans-serif;
  text-align: center;
}
span:empty { display: none; }
p {
  position: fixed;
  inline-size: 1px;
  block-size: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}
iframe {
  position: fixed;
  z-index: 2147483646;
  inset-block-end: calc(max(var(--gap), env(safe-area-inset-bottom)) + 74px);
  inset-inline-end: max(var(--gap), env(safe-area-inset-right));
  inline-size: 384px;
  block-size: min(620px, 100dvh - 114px);
  border: 0;
  border-radius: 18px;
  box-shadow: 0 4px 12px #0002, 0 16px 48px #0004;
  color-scheme: light dark;
  visibility: hidden;
  opacity: 0;
  translate: 0 12px;
  transition: opacity .16s, translate .16s, visibility .16s;
}
:host([open]) iframe {
  visibility: visible;
  opacity: 1;
  translate: 0;
  /* Visible at once: what is hidden can't take the focus. */
  transition-property: opacity, translate;
}
@media (max-width: 480px) {
  iframe {
    inset: env(safe-area-inset-top) 0 auto;
    inline-size: 100%;
    block-size: calc(100dvh - env(safe-area-inset-top) - env(safe-area-inset-bottom));
    border-radius: 0;
  }
  :host([open]) button { visibility: hidden; }
}
@media (prefers-reduced-motion: reduce) {
  * { transition: none !important; }
}
@media print {
  * { display: none !important; }
}
`;
