/**
 * How the launcher looks, the panel's ground, and what is on it before the panel has come or when it can't. They sit in
 * a shadow root, so no selector of the page reaches them; what could still be inherited is reset on the host. Light and
 * dark follow the visitor's system, left and right the page. Edges that nobody sees are for forced colours, which take
 * away shadows and grounds; the shadow of a panel that fills the screen is its ground round the notch. What opens is
 * visible at once, as nothing that is hidden can take the focus.
 */
export default `
:host { all: initial !important; --accent: #0b6b61; --on-accent: #fff; --deep: #07534b;
--gap: 20px; --foot: 74px; }
:host([bare]) { --foot: 0px; }
@media (prefers-color-scheme: dark) { :host { --accent: #5cd6c3; --on-accent: #06201d; --deep: #123f3a } }
:host::backdrop { display: none !important; }
* { box-sizing: border-box; }
button { all: unset; box-sizing: border-box; cursor: pointer; }
.launcher, section { position: fixed; z-index: 2147483647;
inset-inline-end: max(var(--gap), env(safe-area-inset-right)); border: 1px solid transparent; }
.launcher { inset-block-end: max(var(--gap), env(safe-area-inset-bottom)); inline-size: 60px; block-size: 60px;
border-radius: 30px; display: grid; place-items: center; background: var(--accent); color: var(--on-accent);
box-shadow: 0 2px 6px #0003, 0 8px 24px #0003; transition: scale .18s; }
:host([bare]) .launcher { display: none; }
.launcher:hover { scale: 1.06; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
[quiet] { outline: 0; }
svg { inline-size: 28px; fill: currentColor; stroke: currentColor; stroke-width: 2.5; stroke-linecap: round;
stroke-linejoin: round; }
span { position: absolute; inset: -4px -4px auto auto; min-inline-size: 22px; padding: 0 5px;
border: 1px solid transparent; border-radius: 18px; background: #c81e3a; color: #fff;
font: 700 12px/20px system-ui, sans-serif; text-align: center; }
span:empty { display: none; }
output { position: fixed; clip-path: inset(50%); }
section { inset-block-end: calc(max(var(--gap), env(safe-area-inset-bottom)) + var(--foot)); inline-size: 386px;
block-size: min(620px, 100dvh - 40px - var(--foot)); border-radius: 18px; overflow: auto;
color-scheme: light dark; background: Canvas; color: CanvasText; font: 15px/1.45 system-ui, sans-serif;
box-shadow: 0 4px 12px #0002, 0 16px 48px #0004; visibility: hidden; opacity: 0; scale: .7;
transform-origin: 100% 100%; transition: opacity .18s, scale .18s, visibility .18s; }
:host(:dir(rtl)) section { transform-origin: 0 100%; }
:host([open]) section { visibility: visible; opacity: 1; scale: 1; transition-property: opacity, scale; }
header { display: grid; align-content: center; gap: 8px; block-size: 65px; padding: 0 16px;
border-block-end: 1px solid transparent; background: var(--deep); }
header::before, header::after { content: ""; inline-size: 30%; block-size: 12px; border-radius: 18px;
background: #fff4; }
header::after { inline-size: 60%; }
iframe { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; border: 0;
opacity: 0; transition: opacity .18s; }
:host([ready]) iframe { opacity: 1; }
:host([failed]) iframe, :host(:not([failed])) div { display: none; }
div { padding: 32px 24px; display: grid; gap: 12px; justify-items: start; }
h2, p { margin: 0; }
div button, a { border: 1px solid; border-radius: 18px; padding: 9px 18px; color: inherit; text-decoration: none; }
@media (max-width: 480px), (max-height: 480px) and (max-width: 960px) {
section { inset: env(safe-area-inset-top) env(safe-area-inset-right) auto env(safe-area-inset-left);
inline-size: auto; block-size: calc(100dvh - env(safe-area-inset-top) - env(safe-area-inset-bottom)); border: 0;
border-radius: 0; box-shadow: 0 0 0 99px Canvas; }
:host([open][ready]) .launcher { visibility: hidden } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important } }
@media print { * { display: none !important } }
`;
