// Every row of the table of screens, by itself, as it is when a team begins and with the demo's data on it: accessible in
// light and in dark, reached and used by keyboard alone, legible in forced colours, usable at 400 % (320 px wide), and with
// nothing cut off at any width. A new screen is in these tests as soon as it has its row, and full of what the demo has of it.

import assert from "node:assert/strict";
import { after } from "node:test";

import { addressOf } from "../../dashboard-static/src/shell/router.ts";
import { SCREENS } from "../../dashboard-static/src/shell/screens.ts";
import { seed } from "../demo/seed.mjs";
import { SETUP_TOKEN, Server } from "../harness/server.mjs";
import { assertAccessible } from "./accessible.mjs";
import { browserTest } from "./browser-test.mjs";
import { until } from "./stage.mjs";

const PHONE = { width: 390, height: 844 };
const TABLET = { width: 1024, height: 768 };

/** What there is to be seen: each has a server, which is started when it is first wanted. */
const WORLDS = {
  empty: async () => Server.start("screens-empty"),
  full: async () => {
    const server = await Server.start("screens-full", { admin: null });
    // Its first agent signs in as the stage's do.
    await seed(server.origin, { setupToken: SETUP_TOKEN });
    return server;
  },
};
/** The demo's conversation that is opened on a screen on which one can be open; it has tags, a note, both sides' words. */
const OPENED = "Wonderful, thank you!";

const servers = new Map();
const serverOf = (world) => () => {
  if (!servers.has(world)) servers.set(world, WORLDS[world]());
  return servers.get(world);
};
after(async () => {
  for (const server of servers.values()) await (await server).stop();
});

/** An agent at a screen. */
async function at(stage, screen, world, options) {
  const dashboard = await (await stage.agent(options)).openDashboard();
  const { page } = dashboard;
  await page.goto(`/dashboard/${addressOf(screen.path)}`);
  await page.getByRole("heading", { name: screen.title, level: 1 }).waitFor({ state: "attached" });
  if (world === "full" && screen.path.startsWith("/conversations/")) {
    // What is open is part of the screen.
    await dashboard.openConversation(OPENED);
    await dashboard.log.getByText(OPENED).waitFor();
  }
  await page.waitForLoadState("networkidle");
  return page;
}

/** What has the focus, in a few words. */
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement } = document;
    const { localName, ariaLabel, textContent } = activeElement;
    return activeElement === document.body ? undefined : `${localName} ${ariaLabel ?? textContent.slice(0, 40)}`;
  });

/**
 * What is said or can be pressed and lies, all or in part, outside of what cuts it off, with no way to scroll there. What is
 * shortened on purpose, and says so by three dots or by fading, is not meant.
 */
const cutOff = (page) =>
  page.evaluate(() => {
    const isShortened = (style) => style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none" || style.maskImage !== "none";
    // Said to those who do not see it.
    const isSpokenOnly = (element) => element.closest(".hidden-label") !== null || getComputedStyle(element).clipPath !== "none";
    const boxOf = (node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const { left, right, top, bottom } = range.getBoundingClientRect();
      return { left, right, top, bottom };
    };
    /** Says by how many pixels a box is cut off by what is around it; `undefined` where that is meant. */
    const cut = (box, element) => {
      for (let around = element; around && around !== document.documentElement; around = around.parentElement) {
        const style = getComputedStyle(around);
        if (isShortened(style)) return undefined;
        const frame = around.getBoundingClientRect();
        for (const [axis, start, end, scroll, size, shown] of [
          ["overflowX", "left", "right", "scrollLeft", "scrollWidth", "clientWidth"],
          ["overflowY", "top", "bottom", "scrollTop", "scrollHeight", "clientHeight"],
        ]) {
          if (style[axis] === "visible") continue;
          const scrolls = /auto|scroll/.test(style[axis]);
          const room = scrolls ? around[size] - around[shown] : 0;
          // From right to left, what is scrolled is counted from the other end.
          const before = room && (axis === "overflowX" && style.direction === "rtl" ? room + around[scroll] : around[scroll]);
          const after = room - before;
          const [past, beyond] = [frame[start] - before - box[start], box[end] - frame[end] - after];
          if (Math.max(past, beyond) > 2) return Math.round(Math.max(past, beyond));
          if (scrolls) Object.assign(box, { [start]: Math.max(box[start], frame[start]), [end]: Math.min(Math.max(box[end], frame[start]), frame[end]) });
        }
        if (style.position === "fixed") break;
      }
      const past = Math.max(-box.left, box.right - innerWidth);
      return past > 2 ? Math.round(past) : undefined;
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { currentNode } = walker;
      const { parentElement } = currentNode;
      if (!currentNode.nodeValue.trim() || isSpokenOnly(parentElement) || !parentElement.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const by = cut(boxOf(currentNode), parentElement);
      if (by !== undefined) found.push(`“${currentNode.nodeValue.trim().slice(0, 40)}” by ${by} px`);
    }
    for (const control of document.querySelectorAll("a[href], button, input, textarea, [role=combobox]")) {
      if (!control.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const { left, right, top, bottom } = control.getBoundingClientRect();
      const by = right - left > 2 ? cut({ left, right, top, bottom }, control.parentElement) : undefined;
      if (by !== undefined) found.push(`${control.localName} ${control.ariaLabel ?? control.textContent.slice(0, 40)} by ${by} px`);
    }
    return found;
  });

for (const screen of SCREENS) for (const world of Object.keys(WORLDS)) {
  const name = `${screen.title}, ${world}`;
  const server = serverOf(world);

  for (const colorScheme of ["light", "dark"]) {
    browserTest(`${name}: axe finds nothing in ${colorScheme} mode`, async (stage) => {
      const page = await at(stage, screen, world, { colorScheme });
      await assertAccessible(page, screen.title);
      await page.setViewportSize(PHONE);
      await assertAccessible(page, `${screen.title}, on a phone`);
    }, { server });
  }

  browserTest(`${name}: everything that can be pressed is reached by Tab, and seen there`, async (stage) => {
    const page = await at(stage, screen, world);
    // What one can go to is marked once Tab has been at it; lists and tabs are one stop, moved in by arrows.
    const missing = () =>
      page.evaluate(() => {
        const wanted = document.querySelectorAll("a[href], button, input, textarea, [tabindex='0']");
        const isShown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && !one.closest("[popover]");
        return [...wanted].filter((one) => isShown(one) && one.tabIndex >= 0 && !one.dataset.reached).map((one) => one.ariaLabel ?? one.textContent);
      });
    await page.evaluate(() => {
      document.activeElement?.blur();
      addEventListener("focusin", ({ target }) => (target.dataset.reached = "yes"));
    });
    for (let presses = 0; (await missing()).length > 0; presses += 1) {
      assert.ok(presses < 150, `Tab never reaches: ${(await missing()).join("; ")}`);
      await page.keyboard.press("Tab");
      const isSeen = await page.evaluate(() => {
        const { activeElement } = document;
        if (activeElement === document.body) return true;
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(activeElement);
        const around = activeElement.closest(".composer-panel, .field-input");
        return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none" || around !== null;
      });
      assert.ok(isSeen, `no mark of the focus on ${await focused(page)}`);
    }
  }, { server });

  for (const [how, size, options] of [
    ["a pointer", 24, {}],
    ["a finger", 44, { hasTouch: true, isMobile: true, viewport: PHONE }],
  ]) {
    browserTest(`${name}: whatever is pressed is large enough for ${how}`, async (stage) => {
      const page = await at(stage, screen, world, options);
      const small = () => page.evaluate((size) => {
        const isShown = (one) =>
          one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
          getComputedStyle(one).pointerEvents !== "none" &&
          !one.closest("[popover], p") &&
          one.getBoundingClientRect().width > 2;
        const reach = size / 2 - 1;
        return [...document.querySelectorAll("a[href], button, input, textarea")].filter(isShown).flatMap((one) => {
          one.scrollIntoView({ block: "center", inline: "center" });
          const { left, top, width, height } = one.getBoundingClientRect();
          const whole = one.closest("label") ?? one.closest(".field-input") ?? one;
          const hits = (x, y) => whole.contains(document.elementFromPoint(left + width / 2 + x, top + height / 2 + y));
          const isReached = hits(-reach, 0) && hits(reach, 0) && hits(0, -reach) && hits(0, reach);
          return isReached ? [] : [`${one.ariaLabel ?? one.textContent}: ${Math.round(width)} by ${Math.round(height)}`];
        });
      }, size);
      assert.deepEqual(await small(), []);
      // What is one page on a phone is two side by side here.
      await page.setViewportSize(TABLET);
      assert.deepEqual(await small(), [], "on a tablet");
    }, { server });
  }

  browserTest(`${name}: in forced colours what is chosen can be told`, async (stage) => {
    const page = await at(stage, screen, world, { forcedColors: "active" });
    const alike = await page.evaluate(() => {
      document.activeElement?.blur();
      const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      /** Colours upon each other, as they are seen: of what nearly or wholly shines through, another name is no difference. */
      const seen = (...colours) => {
        for (const colour of ["Canvas", ...colours]) {
          context.fillStyle = colour;
          context.fillRect(0, 0, 1, 1);
        }
        return context.getImageData(0, 0, 1, 1).data.join();
      };
      const grounds = (one) => (one ? [...grounds(one.parentElement), getComputedStyle(one).backgroundColor] : []);
      const look = (one) => {
        const style = getComputedStyle(one);
        const around = grounds(one.parentElement);
        const within = grounds(one);
        const lines = ["Top", "Bottom"].map((side) => {
          const isDrawn = style[`border${side}Style`] !== "none" && parseFloat(style[`border${side}Width`]) > 0;
          const line = seen(...within, style[`border${side}Color`]);
          return isDrawn && line !== seen(...around) && line;
        });
        const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 && style.outlineColor;
        return [outline, ...lines, seen(...within), seen(...within, style.color), style.textDecorationLine].join(" ");
      };
      const chosen = [...document.querySelectorAll("[aria-current], [aria-selected='true']")].filter((one) => one.checkVisibility());
      return chosen.flatMap((one) => {
        const list = one.closest("ul, [role='tablist']");
        const other = [...(list?.querySelectorAll("a, [role='tab']") ?? [])].find((rest) => rest !== one && !rest.ariaCurrent && rest.ariaSelected !== "true");
        return other && look(one) === look(other) ? [one.ariaLabel ?? one.textContent] : [];
      });
    });
    assert.deepEqual(alike, []);
  }, { server });

  browserTest(`${name}: usable at 400 %, which is 320 px wide`, async (stage) => {
    const page = await at(stage, screen, world, { viewport: { width: 320, height: 256 } });
    const { width, hidden } = await page.evaluate(() => {
      const shown = [...document.querySelectorAll("main a, main button, main textarea, main input")].filter((one) => one.checkVisibility() && !one.closest("[popover], .table-scroll"));
      const isOutside = (one) => {
        const { left, right, width } = one.getBoundingClientRect();
        return width > 0 && (left < -1 || right > innerWidth + 1);
      };
      return { width: document.documentElement.scrollWidth, hidden: shown.filter(isOutside).map((one) => one.ariaLabel ?? one.textContent) };
    });
    assert.ok(width <= 320, `the page scrolls sideways: ${width} px`);
    assert.deepEqual(hidden, [], "nothing stands outside of the page");
    // What one writes in is in sight, and so is something of what is there.
    const field = page.getByRole("main").getByRole("textbox").first();
    if (await field.count()) {
      const box = await field.boundingBox();
      assert.ok(box.y >= 0 && box.y + Math.min(box.height, 24) <= 256, `the field is at ${box.y}`);
    }
    const messages = page.getByRole("region", { name: "Messages" });
    if (await messages.count()) {
      const box = await messages.boundingBox();
      assert.ok(box.height >= 64, `of what was said, ${box.height} px are in sight`);
    }
    await until(() => page.getByRole("main").isVisible(), "the screen is shown");
  }, { server });

  browserTest(`${name}: nothing is cut off, at any width, in either direction`, async (stage) => {
    const page = await at(stage, screen, world);
    for (const direction of ["ltr", "rtl"]) {
      await page.evaluate((dir) => (document.documentElement.dir = dir), direction);
      for (const width of [1920, 1280, 1024, 800, 390, 320]) {
        await page.setViewportSize({ width, height: 800 });
        // What is drawn anew at another width, and what fades in, is there.
        await until(async () => assert.deepEqual(await cutOff(page), [], `${width} px, ${direction}`));
      }
    }
  }, { server });
}
