// Every row of the table of screens, by itself: accessible in light and in dark, reached and used by keyboard alone,
// legible in forced colours, and usable at 400 % (320 px wide). A new screen is in these tests as soon as it has its row.

import assert from "node:assert/strict";

import { AxeBuilder } from "@axe-core/playwright";

import { addressOf } from "../../dashboard-static/src/shell/router.ts";
import { SCREENS } from "../../dashboard-static/src/shell/screens.ts";
import { browserTest } from "./browser-test.mjs";
import { until } from "./stage.mjs";

const PHONE = { width: 390, height: 844 };
const TABLET = { width: 1024, height: 768 };

/** An agent at a screen that has something on it. */
async function at(stage, screen, options) {
  // Of what can be open, there is another beside it.
  const isChosenFrom = screen.path.includes(":");
  for (const text of [...(isChosenFrom ? ["Something else"] : []), `Something to see at ${screen.title}`]) {
    const panel = await (await stage.visitor()).openChat();
    await panel.say(text);
    await panel.shows(text);
  }
  const dashboard = await (await stage.agent(options)).openDashboard();
  const { page } = dashboard;
  await page.goto(`/dashboard/${addressOf(screen.path)}`);
  await page.getByRole("heading", { name: screen.title, level: 1 }).waitFor({ state: "attached" });
  await page.waitForLoadState("networkidle");
  if (isChosenFrom) {
    // A screen with something open on it: what is open is part of it.
    await page.goto(`/dashboard/${addressOf(screen.path)}`);
    await dashboard.openConversation(`Something to see at ${screen.title}`);
    await dashboard.shows(`Something to see at ${screen.title}`);
  }
  return page;
}

async function assertAccessible(page, where) {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter(({ effect }) => effect.getTiming().iterations !== Infinity).map(({ finished }) => finished)));
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("\n  ")}`);
  assert.deepEqual(found, [], where);
}

/** What has the focus, in a few words. */
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement } = document;
    const { localName, ariaLabel, textContent } = activeElement;
    return activeElement === document.body ? undefined : `${localName} ${ariaLabel ?? textContent.slice(0, 40)}`;
  });

for (const screen of SCREENS) {
  for (const colorScheme of ["light", "dark"]) {
    browserTest(`${screen.title}: axe finds nothing in ${colorScheme} mode`, async (stage) => {
      const page = await at(stage, screen, { colorScheme });
      await assertAccessible(page, screen.title);
      await page.setViewportSize(PHONE);
      await assertAccessible(page, `${screen.title}, on a phone`);
    });
  }

  browserTest(`${screen.title}: everything that can be pressed is reached by Tab, and seen there`, async (stage) => {
    const page = await at(stage, screen);
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
  });

  for (const [how, size, options] of [
    ["a pointer", 24, {}],
    ["a finger", 44, { hasTouch: true, isMobile: true, viewport: PHONE }],
  ]) {
    browserTest(`${screen.title}: whatever is pressed is large enough for ${how}`, async (stage) => {
      const page = await at(stage, screen, options);
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
    });
  }

  browserTest(`${screen.title}: in forced colours what is chosen can be told`, async (stage) => {
    const page = await at(stage, screen, { forcedColors: "active" });
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
  });

  browserTest(`${screen.title}: usable at 400 %, which is 320 px wide`, async (stage) => {
    const page = await at(stage, screen, { viewport: { width: 320, height: 256 } });
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
  });
}
