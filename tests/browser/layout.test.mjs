// Every screen is laid out as it was when somebody looked at it: `layout.json` says where its landmarks and controls were.
// Whoever changes a screen on purpose looks at it (`cargo xtask gallery`) and writes it down anew:
//
//     VOXORA_PROFILE=dev cargo xtask worker && node tests/browser/run.mjs layout --update
//
// Each is measured as it is, in other fonts, and from right to left: in all three it must be the same, or its mirror image.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { SETUP_TOKEN } from "../harness/server.mjs";
import { seed } from "../demo/seed.mjs";
import { states } from "../gallery/states.mjs";
import { browserTest } from "./browser-test.mjs";
import { differences, measureSettled, mirrored } from "./layout.mjs";

const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
/** States beside those that are a screen of their own, by their names. */
const MORE = ["All components", "Signing in", "Conversation: both talk", "Conversation: hundred messages", "Opened", "A first message", "Unknown address"];

/** In milliseconds. */
const TIME_TO_SETTLE = 5_000;
const OTHER_FONT = "* { font-family: 'DejaVu Serif', 'Liberation Serif', 'Times New Roman', serif !important }";

const file = path.join(import.meta.dirname, "layout.json");
const update = process.argv.includes("--update");
const written = JSON.parse(readFileSync(file, "utf8"));
const chosen = states.filter(({ name, screen, stage }) => stage === "team" && (screen || MORE.includes(name)));

/** Shows a state; gives its page and the frame to be measured in it. */
async function show(stage, { who, show }) {
  // The other fonts come by a style that no policy of ours would let in.
  const options = { viewport: SIZES.wide, bypassCSP: true };
  if (who === "visitor") {
    const panel = await (await stage.visitor(options)).visit();
    await show(panel, stage);
    const frame = panel.page.frames().find((frame) => frame !== panel.page.mainFrame() && frame.url().includes("/panel"));
    return { page: panel.page, frame };
  }
  const context = who === "agent" ? (await stage.agent(options)).context : await stage.context(options);
  const page = await context.newPage();
  await show(page, stage);
  return { page, frame: page.mainFrame() };
}

browserTest(
  "every screen is laid out as it was when somebody looked at it, in any font and in both directions",
  async (stage) => {
    assert.ok((await seed(stage.server.origin, { setupToken: SETUP_TOKEN })) > 0);
    assert.equal(await seed(stage.server.origin, { setupToken: SETUP_TOKEN }), 0, "a second seed finds everything there");

    const wrong = [];
    const measured = {};
    for (const state of chosen) {
      const { page, frame } = await show(stage, state);
      for (const [size, viewport] of Object.entries(SIZES)) {
        const name = `${state.group}: ${state.name}, ${size}`;
        await page.setViewportSize(viewport);
        // What shows itself to a pointer does not now.
        await page.mouse.move(0, 0);
        // What a screen asks for in the end may come late.
        if (update) await new Promise((resolve) => setTimeout(resolve, 2_000));
        const now = await measureSettled(frame);
        measured[name] = { landmarks: now.landmarks, controls: now.controls };
        const expected = update ? now : written[name];
        if (!expected) {
          wrong.push(`${name} is new`);
          continue;
        }
        const window = await frame.evaluate(() => ({ width: innerWidth, height: innerHeight }));
        const compare = async (how, seen = (found) => found) => {
          let differing;
          for (const end = Date.now() + TIME_TO_SETTLE; ; ) {
            differing = differences(seen(await measureSettled(frame)), expected, window, state.whole);
            if (differing.length === 0 || Date.now() > end) break;
          }
          wrong.push(...differing.map((what) => `${name}${how}: ${what}`));
        };
        await compare("");

        const font = await frame.addStyleTag({ content: OTHER_FONT });
        await compare(", in another font");
        await font.evaluate((style) => style.remove());

        await frame.evaluate(() => (document.documentElement.dir = "rtl"));
        await compare(", from right to left", (found) => mirrored(found, window));
        await frame.evaluate(() => (document.documentElement.dir = "ltr"));
      }
      await page.context().close();
    }
    if (update) {
      // One box a line: changes of it can be read.
      writeFileSync(file, `${JSON.stringify(measured, null, 1).replace(/\[\s+(-?\d+),\s+(-?\d+),\s+(-?\d+),\s+(-?\d+)\s+\]/g, "[$1, $2, $3, $4]")}\n`);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(Object.keys(measured), Object.keys(update ? measured : written), "what is no screen any more is written down");
  },
  { server: { admin: null } },
);
