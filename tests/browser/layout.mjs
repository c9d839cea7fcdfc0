// How a page is laid out, in words and boxes: which landmarks and which controls it has, and where. Compared with what was
// written down, it tells a broken layout from another machine's fonts: pixels would not.
//
// A landmark must stay where it was, within a few pixels; a control may move as far as wider or narrower words push it. What no
// font may do is forbidden without a comparison: controls over each other, or beyond the edge.

/** How far a landmark's edges may move: in pixels, or as a part of the window's width or height if that is more. */
const LANDMARK = { across: { pixels: 14, part: 0.025 }, down: { pixels: 24, part: 0.03 } };
/** The same for a control's centre, across and down. */
const CONTROL = { across: { pixels: 40, part: 0.06 }, down: { pixels: 20, part: 0.04 } };

/**
 * What is on a page: by name, `[x, y, width, height]` in whole pixels.
 *
 * @param {import("playwright-core").Page | import("playwright-core").Frame} frame
 */
function measure(frame) {
  return frame.evaluate(() => {
    const LANDMARKS = "header, nav, main, aside, footer, form[aria-label], section[aria-label], section[aria-labelledby], dialog[open], [role=region], [role=navigation], [role=search]";
    const CONTROLS = "a[href], button, input, select, textarea, [role=tab], [role=combobox], [role=switch]";
    const shown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
    const byId = (ids) => ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    const label = (element) =>
      element.getAttribute("aria-label") ??
      (element.hasAttribute("aria-labelledby") ? byId(element.getAttribute("aria-labelledby")) : undefined) ??
      element.labels?.[0]?.textContent ??
      (element.matches(LANDMARKS) ? "" : (element.textContent || element.getAttribute("placeholder") || ""));
    // Counters and times are of the moment.
    const name = (element) => {
      const words = label(element).replace(/\s+/g, " ").trim();
      const role = element.getAttribute("role") ?? element.tagName.toLowerCase();
      return element.closest("li, [role=option], [role=row], [role=listitem]") || /\d/.test(words) ? role : `${role} ${words.slice(0, 40)}`.trim();
    };
    /** The part of an element that can be seen: what scrolls cuts off what is in it. */
    const visible = (element) => {
      let { left, top, right, bottom } = element.getBoundingClientRect();
      for (let around = element.parentElement; around; around = around.parentElement) {
        if (getComputedStyle(around).overflow === "visible" || around === document.documentElement || around === document.body) continue;
        const box = around.getBoundingClientRect();
        [left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)];
      }
      return { left, top, right, bottom };
    };
    const boxes = (selector) => {
      const found = {};
      const seen = {};
      for (const element of document.querySelectorAll(selector)) {
        const { left, top, right, bottom } = visible(element);
        if (!shown(element) || right - left < 4 || bottom - top < 4 || top >= innerHeight || right <= 0) continue;
        const key = name(element);
        seen[key] = (seen[key] ?? 0) + 1;
        // Of many alike the first two say it all.
        if (seen[key] <= 2) found[seen[key] === 1 ? key : `${key} (2)`] = [left, top, right - left, bottom - top].map(Math.round);
      }
      return found;
    };
    const controls = [...document.querySelectorAll(CONTROLS)].filter((element) => shown(element) && !element.closest("[inert]"));
    const around = controls.map((element) => ({ element, ...visible(element) })).filter(({ left, top, right, bottom }) => right - left > 4 && bottom - top > 4 && top < innerHeight);
    const faults = [];
    for (const [index, one] of around.entries()) {
      if (one.left < -1 || one.right > innerWidth + 1) faults.push(`${name(one.element)} is beyond the edge`);
      for (const other of around.slice(index + 1)) {
        // What is in each other, or lies on another layer, may cover it; so may what belongs to a field.
        if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
        if (one.element.matches("input, textarea") && one.element.parentElement.contains(other.element)) continue;
        const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (across <= 2 || down <= 2) continue;
        const layer = (element) => element.closest("dialog, [popover], [role=menu], [role=listbox]");
        if (layer(one.element) !== layer(other.element)) continue;
        // A row that is one link may have buttons on top of it: they are its siblings.
        if (one.element.closest("li, [role=row], article") && one.element.closest("li, [role=row], article") === other.element.closest("li, [role=row], article")) continue;
        faults.push(`${name(one.element)} and ${name(other.element)} cover each other`);
      }
    }
    if (document.documentElement.scrollWidth > innerWidth + 1) faults.push(`the page is ${document.documentElement.scrollWidth - innerWidth} pixels too wide`);
    return { landmarks: boxes(LANDMARKS), controls: boxes(CONTROLS), faults };
  });
}

/** The same, once it is the same twice in a row: what is loaded later has come by then, and nothing moves. */
export async function measureSettled(frame) {
  let last;
  for (let time = 0; time < 50; time += 1) {
    await frame.evaluate(async () => {
      await document.fonts.ready;
      const passing = document.getAnimations().filter(({ effect }) => effect.getTiming().iterations !== Infinity);
      await Promise.allSettled(passing.map(({ finished }) => finished));
    });
    const measured = await measure(frame);
    if (JSON.stringify(measured) === JSON.stringify(last)) return measured;
    last = measured;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error("The page never comes to rest.");
}

/**
 * What differs between two measurements, in sentences. Of a page that `scrolls` through many lines that may wrap, only
 * landmarks are compared.
 *
 * @param {{ width: number, height: number }} viewport
 * @param {boolean} [scrolls]
 */
export function differences(found, expected, { width, height }, scrolls = false) {
  const result = [...found.faults];
  const allowed = ({ pixels, part }, whole) => Math.max(pixels, part * whole);
  const compare = (kind, check) => {
    for (const [name, box] of Object.entries(expected[kind])) {
      const now = found[kind][name];
      if (!now) result.push(`${name} is gone`);
      else if (!check(box, now)) result.push(`${name} was at ${box.join(" ")} and is at ${now.join(" ")}`);
    }
    for (const name of Object.keys(found[kind])) {
      if (!(name in expected[kind])) result.push(`${name} is new`);
    }
  };
  const near = (one, other, most) => Math.abs(one - other) <= most;
  compare("landmarks", ([x, y, w, h], [x2, y2, w2, h2]) => {
    const across = allowed(LANDMARK.across, width);
    // The further down something is, and the taller, the more lines there are that may have wrapped.
    const down = allowed(LANDMARK.down, scrolls ? 4 * (y + h) : height);
    return near(x, x2, across) && near(x + w, x2 + w2, across) && near(y, y2, down) && near(y + h, y2 + h2, down);
  });
  if (scrolls) return result;
  compare("controls", ([x, y, w, h], [x2, y2, w2, h2]) => {
    const { across, down } = CONTROL;
    return near(x + w / 2, x2 + w2 / 2, allowed(across, width)) && near(y + h / 2, y2 + h2 / 2, allowed(down, height));
  });
  return result;
}

/** How something would be measured in a page that runs from right to left. */
export function mirrored({ landmarks, controls, faults }, { width }) {
  const mirror = (boxes) => Object.fromEntries(Object.entries(boxes).map(([name, [x, y, w, h]]) => [name, [width - x - w, y, w, h]]));
  return { landmarks: mirror(landmarks), controls: mirror(controls), faults };
}
