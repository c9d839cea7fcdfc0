// The dashboard's components, on the page that shows all of them (`#/ui` of a development build, which is built here): no
// server, real Chromium, the dashboard's own Content-Security-Policy. What is promised of each by keyboard, to screen
// readers, in forced colours, from right to left and at 400 % zoom.

import assert from "node:assert/strict";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { AxeBuilder } from "@axe-core/playwright";
import { build } from "vite";

import { artifacts } from "../harness/server.mjs";
import { contrasts } from "./contrast.mjs";
import { Stage, launch, until } from "./stage.mjs";

const source = fileURLToPath(new URL("../../dashboard-static/", import.meta.url));
const built = path.join(artifacts, "components");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

let served;
/** Builds the page, and serves it as the platform would. */
async function serve() {
  await build({ root: source, configFile: path.join(source, "vite.config.ts"), mode: "development", logLevel: "warn", build: { outDir: built } });
  const [, policy] = /Content-Security-Policy: (.*)/.exec(readFileSync(path.join(source, "_headers"), "utf8"));
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = path.join(built, pathname.replace(/^\/dashboard\//, "").replace(/^$/, "index.html"));
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[path.extname(file)], "content-security-policy": policy });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

let launched;
after(async () => {
  await (await launched)?.close();
  (await served)?.stop();
});

/** A test on a page of its own. `query`: how the page is shown. */
function componentsTest(name, body, { query = "", ...options } = {}) {
  test(name, async () => {
    served ??= serve();
    launched ??= launch();
    const server = await served;
    const stage = new Stage(await launched, server);
    try {
      const page = await (await stage.context({ viewport: { width: 1280, height: 900 }, ...options })).newPage();
      await page.goto(`/dashboard/#/ui?${query}`);
      await page.getByRole("heading", { name: "Components" }).waitFor();
      await page.evaluate(() => document.fonts.ready);
      await body(page);
      stage.check();
    } catch (error) {
      await stage.keepEvidence(path.join(artifacts, name.replaceAll(/\W+/g, "-")), error);
      throw error;
    } finally {
      await stage.close();
    }
  });
}

/** The element that has the focus, in a few words. */
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    return element?.getAttribute("aria-label") ?? element?.dataset.label ?? element?.textContent ?? "";
  });
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const focusedIs = (page, words) => until(async () => assert.equal(await focused(page), words), `the focus is on ${words}`);
/** The option that arrows have led to, in whatever has the focus. */
const active = (page) =>
  page.evaluate(() => document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))?.querySelector("bdi")?.textContent);
const activeIs = (page, words) => until(async () => assert.equal(await active(page), words), `${words} is active`);

async function assertAccessible(page, where) {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(({ effect }) => effect.getTiming().iterations !== Infinity)
        .map(({ finished }) => finished),
    ),
  );
  // What is in the top layer is looked at where it lies.
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("\n  ")}`);
  assert.deepEqual(found, [], where);
}

for (const [name, query, options] of [
  ["in light", "theme=light", {}],
  ["in dark", "theme=dark", {}],
  ["in forced colours", "theme=auto", { forcedColors: "active" }],
  ["from right to left", "theme=light&dir=rtl", {}],
]) {
  componentsTest(
    `axe finds nothing in the components ${name}`,
    async (page) => {
      await assertAccessible(page, "the page");
      await page.getByRole("button", { name: "Actions" }).click();
      await page.getByRole("menu").getByText("Resolve").waitFor();
      await assertAccessible(page, "a menu");
      await press(page, "Escape");
      await page.getByRole("combobox", { name: "Status", exact: true }).click();
      await page.getByRole("option", { name: "Pending" }).first().waitFor();
      await assertAccessible(page, "a select");
      await press(page, "Escape");
      await page.getByRole("button", { name: "Open a dialog" }).click();
      await page.getByRole("dialog", { name: "Rename the tag" }).waitFor();
      await assertAccessible(page, "a dialog");
      await press(page, "Escape");
      await page.getByRole("button", { name: "Toast with a way back" }).click();
      await page.getByText("The conversation is resolved.").waitFor();
      await assertAccessible(page, "a toast");
    },
    { query, ...options },
  );
}

componentsTest("a select changes nothing until something is chosen", async (page) => {
  const select = page.getByRole("combobox", { name: "Status", exact: true });
  await select.focus();
  await press(page, "ArrowDown");
  await activeIs(page, "Open");
  await press(page, "ArrowDown", "ArrowDown");
  await activeIs(page, "Resolved");
  assert.match(await select.textContent(), /^Open/);
  await press(page, "Escape");
  await until(async () => assert.equal(await select.getAttribute("aria-expanded"), "false"), "it is closed");
  assert.match(await select.textContent(), /^Open/, "Escape leaves it");

  await press(page, "p");
  await activeIs(page, "Pending");
  await press(page, "Tab");
  assert.match(await select.textContent(), /^Open/, "so does Tab");

  await select.focus();
  await press(page, "Enter", "End");
  await activeIs(page, "Closed");
  await press(page, "Enter");
  assert.match(await select.textContent(), /^Open/, "what is disabled is not chosen");
  await press(page, "Space", "Home", "ArrowDown");
  await activeIs(page, "Pending");
  await press(page, "Enter");
  await until(async () => assert.match(await select.textContent(), /^Pending/), "Enter chooses");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "combobox");
});

componentsTest("a select is chosen from with the mouse, and a press beside it leaves it", async (page) => {
  const select = page.getByRole("combobox", { name: "Status", exact: true });
  const options = page.getByRole("listbox", { name: "Status", exact: true });
  await select.click();
  await options.getByRole("option", { name: "Resolved" }).click();
  await until(async () => assert.match(await select.textContent(), /^Resolved/), "it is chosen");
  await select.click();
  await options.getByRole("option", { name: "Open", exact: true }).waitFor();
  await select.click();
  await options.getByRole("option", { name: "Open", exact: true }).waitFor({ state: "detached" });
  await select.click();
  await page.getByRole("heading", { name: "Components" }).click();
  await options.getByRole("option", { name: "Open", exact: true }).waitFor({ state: "detached" });
  assert.match(await select.textContent(), /^Resolved/);
});

componentsTest("a menu by keyboard: it opens at either end, goes round, finds by letters, and gives the focus back", async (page) => {
  const button = page.getByRole("button", { name: "Actions" });
  const done = page.getByText(/^Done: /);
  await button.focus();
  await press(page, "Enter");
  await focusedIs(page, "Reply");
  await press(page, "ArrowUp");
  await focusedIs(page, "Delete…");
  await press(page, "ArrowDown");
  await focusedIs(page, "Reply");
  await press(page, "r", "e", "s");
  await focusedIs(page, "Resolve");
  await press(page, "Escape");
  await focusedIs(page, "Actions");
  assert.equal(await done.textContent(), "Done: nothing");

  await press(page, "ArrowUp");
  await focusedIs(page, "Delete…");
  await press(page, "Home", "ArrowDown");
  await focusedIs(page, "Assign");
  await press(page, "Enter");
  await focusedIs(page, "Actions");
  await until(async () => (await done.textContent()) === "Done: Assign", "it is done");

  await press(page, "ArrowDown", "End");
  await focusedIs(page, "Delete…");
  await press(page, "ArrowUp");
  await focusedIs(page, "Snooze");
  await press(page, "Enter");
  await focusedIs(page, "Snooze");
  await press(page, "Tab");
  await focusedIs(page, "More");
  assert.equal(await done.textContent(), "Done: Assign", "what is disabled is not done");
});

componentsTest("a choice in a menu opens at the one that holds", async (page) => {
  await page.getByRole("button", { name: "More" }).focus();
  await press(page, "Enter");
  await focusedIs(page, "Light");
  assert.equal(await page.getByRole("menuitemradio", { name: "Light" }).getAttribute("aria-checked"), "true");
});

componentsTest("a dialog keeps the focus, and gives it back to where it was", async (page) => {
  const opener = page.getByRole("button", { name: "Open a dialog" });
  await opener.focus();
  await press(page, "Enter");
  const dialog = page.getByRole("dialog", { name: "Rename the tag" });
  await dialog.waitFor();
  for (let step = 0; step < 12; step += 1) {
    await press(page, "Tab");
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("dialog")), "the focus has left");
  }
  await press(page, "Escape");
  await dialog.waitFor({ state: "detached" });
  await focusedIs(page, "Open a dialog");

  // A question asked by a menu's command: the focus goes back to the menu's button.
  await page.getByRole("button", { name: "Actions" }).focus();
  await press(page, "ArrowUp");
  await focusedIs(page, "Delete…");
  await press(page, "Enter");
  const question = page.getByRole("alertdialog", { name: "Delete this message?" });
  await question.waitFor();
  await focusedIs(page, "Cancel");
  await page.mouse.click(5, 5);
  assert.ok(await question.isVisible(), "a press beside a question does not answer it");
  await question.getByRole("button", { name: "Delete" }).press("Enter");
  await question.waitFor({ state: "detached" });
  await focusedIs(page, "Actions");
  await page.getByText("Done: Delete").waitFor();
});

componentsTest("a press beside a drawer closes it, one in it does not", async (page) => {
  await page.getByRole("button", { name: "Open a drawer" }).click();
  const drawer = page.getByRole("dialog", { name: "Details" });
  await drawer.getByText("What is looked at").click();
  assert.ok(await drawer.isVisible());
  await page.mouse.click(20, 400);
  await drawer.waitFor({ state: "detached" });
  await focusedIs(page, "Open a drawer");
});

componentsTest("a dialog that makes way for another one does not close it", async (page) => {
  await page.getByRole("button", { name: "Open a drawer" }).click();
  await page.getByRole("button", { name: "Ask from here" }).click();
  const question = page.getByRole("alertdialog", { name: "Delete this message?" });
  await page.getByRole("dialog", { name: "Details" }).waitFor({ state: "detached" });
  await focusedIs(page, "Cancel");
  await page.waitForTimeout(100);
  assert.ok(await question.isVisible());
  await press(page, "Enter");
  await question.waitFor({ state: "detached" });
  await focusedIs(page, "Open a drawer");
});

componentsTest("several of many: one is found and added, another is taken out, and the focus stays where one writes", async (page) => {
  const field = page.getByRole("combobox", { name: "Ports of call" });
  const chosen = page.getByRole("list", { name: "Ports of call" }).getByRole("listitem");
  assert.deepEqual(await chosen.allTextContents(), ["Bergen", "Łódź"]);
  await field.fill("porto");
  await press(page, "Enter");
  assert.deepEqual(await chosen.allTextContents(), ["Bergen", "Łódź", "Porto"]);
  assert.equal(await field.inputValue(), "");
  await field.fill("berg");
  await page.getByText("Nothing matches.").waitFor();
  await press(page, "Escape");
  await page.getByRole("button", { name: "Take out Bergen" }).click();
  assert.deepEqual(await chosen.allTextContents(), ["Łódź", "Porto"]);
  await until(() => field.evaluate((one) => one === document.activeElement), "the field has the focus");
});

componentsTest("a combobox narrows by what is written, and only Enter chooses", async (page) => {
  const town = page.getByRole("combobox", { name: "Town" });
  await town.focus();
  await town.pressSequentially("new");
  await page.getByRole("option", { name: "Newcastle" }).waitFor();
  assert.equal(await page.getByRole("option").filter({ visible: true, hasText: /York|Newcastle/ }).count(), 2);
  await activeIs(page, "New York");
  await press(page, "ArrowDown");
  await activeIs(page, "Newcastle");
  await press(page, "Escape");
  assert.equal(await town.inputValue(), "new", "the first Escape closes the list");
  await press(page, "Escape");
  assert.equal(await town.inputValue(), "Porto", "the second brings back what holds");
  await town.fill("sao");
  await press(page, "Enter");
  await until(async () => (await town.inputValue()) === "São Paulo", "it is chosen, without its accents");
  await town.fill("nowhere");
  await page.getByText("Nothing matches.").waitFor();
  await press(page, "Tab");
  assert.equal(await town.inputValue(), "São Paulo");

  const tag = page.getByRole("combobox", { name: "Add a tag" });
  await tag.fill("urgent");
  await press(page, "Enter");
  await page.getByText("Added: urgent").waitFor();
  assert.equal(await tag.inputValue(), "");
  await tag.fill("BUG");
  assert.equal(await page.getByRole("option", { name: /Create/ }).count(), 0, "what there is need not be made");
  await page.getByRole("listbox", { name: "Add a tag" }).getByRole("option", { name: "bug" }).click();
  await page.getByText("Added: urgent, bug").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "combobox", "the field keeps the focus");
});

componentsTest("a listbox is moved in without choosing; several are chosen one by one", async (page) => {
  const list = page.getByRole("listbox", { name: "Several of these" });
  const chosen = () => list.getByRole("option", { selected: true }).allTextContents();
  await list.focus();
  await activeIs(page, "billing");
  await press(page, "ArrowDown", "ArrowDown");
  await activeIs(page, "praise");
  assert.deepEqual(await chosen(), ["billing"]);
  await press(page, "Space");
  await until(async () => assert.deepEqual(await chosen(), ["billing", "praise"]), "both are chosen");
  await press(page, "Home", "Enter");
  await until(async () => assert.deepEqual(await chosen(), ["praise"]), "one is left");
});

for (const [direction, on, back] of [
  ["ltr", "ArrowRight", "ArrowLeft"],
  ["rtl", "ArrowLeft", "ArrowRight"],
]) {
  componentsTest(
    `tabs are gone through along the line of writing, ${direction}`,
    async (page) => {
      const chosen = () => page.getByRole("tab", { selected: true }).textContent();
      await page.getByRole("tab", { name: "Reply" }).focus();
      await press(page, on);
      await until(async () => assert.equal(await chosen(), "Note3"), "the next is shown");
      await press(page, on, on);
      await until(async () => assert.equal(await chosen(), "Reply"), "it goes round");
      await press(page, back);
      await until(async () => assert.equal(await chosen(), "Mail"), "and back");
      await page.getByRole("tabpanel", { name: "Mail" }).getByText("This is the panel of “mail”.").waitFor();
      assert.equal(await page.getByRole("tab").evaluateAll((tabs) => tabs.filter(({ tabIndex }) => tabIndex === 0).length), 1);
    },
    { query: `dir=${direction}` },
  );
}

componentsTest("a button that cannot be pressed is reachable and does nothing", async (page) => {
  const pressed = page.getByText(/^Pressed \d+ times$/);
  for (const name of ["Not now", "Saving", "Settings"]) {
    const button = page.getByRole("button", { name, exact: true });
    await button.focus();
    assert.equal(await button.getAttribute("aria-disabled"), "true");
    await press(page, "Enter", "Space");
  }
  assert.equal(await pressed.textContent(), "Pressed 0 times");
  await page.getByRole("button", { name: "Primary" }).press("Enter");
  await until(async () => (await pressed.textContent()) === "Pressed 1 times", "another works");
});

componentsTest("a toast is read out, takes no focus, can be taken back, and waits while one is at it", async (page) => {
  await page.clock.install();
  const opener = page.getByRole("button", { name: "Toast with a way back" });
  await opener.focus();
  await press(page, "Enter");
  const region = page.getByRole("region", { name: "What has happened" });
  await region.getByRole("status").getByText("The conversation is resolved.").waitFor();
  await focusedIs(page, "Toast with a way back");
  await region.getByText("The conversation is resolved.").hover();
  await page.clock.runFor(60_000);
  assert.ok(await region.getByText("The conversation is resolved.").isVisible(), "held by the pointer");
  await region.getByRole("button", { name: "Undo" }).click();
  await until(async () => (await page.getByText(/^Done: /).textContent()) === "Done: Undo", "it is undone");
  await page.getByRole("button", { name: "Good toast" }).click();
  await region.getByText("Saved.").waitFor();
  await page.mouse.move(0, 0);
  await page.clock.runFor(60_000);
  await region.getByText("Saved.").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Bad toast" }).click();
  await region.getByRole("alert").getByText("Not saved.").waitFor();
  await page.mouse.move(0, 0);
  await page.clock.runFor(600_000);
  assert.ok(await region.getByText("Not saved.").isVisible(), "a failure stays until it is dismissed");
  await region.getByRole("button", { name: "Dismiss" }).click();
  await region.getByText("Not saved.").waitFor({ state: "detached" });
});

componentsTest("a button that is only an icon is named to all: at focus, at rest of the pointer, until Escape", async (page) => {
  const tooltip = page.locator(".tooltip");
  await page.getByRole("button", { name: "Search" }).hover();
  await tooltip.filter({ hasText: "Search" }).waitFor();
  await page.mouse.move(0, 0);
  await tooltip.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Small" }).last().focus();
  await press(page, "Tab");
  await tooltip.filter({ hasText: "SearchCtrlK" }).waitFor();
  await press(page, "Escape");
  await tooltip.waitFor({ state: "hidden" });
});

for (const direction of ["ltr", "rtl"]) {
  componentsTest(
    `nothing lies on what is written in a field, ${direction}`,
    async (page) => {
      const covered = await page.locator(".field-input").evaluateAll((fields) =>
        fields.flatMap((field) => {
          const input = field.querySelector("input");
          const { left, right } = input.getBoundingClientRect();
          const { paddingLeft, paddingRight } = getComputedStyle(input);
          const [begin, end] = [left + Number.parseFloat(paddingLeft), right - Number.parseFloat(paddingRight)];
          return [...field.querySelectorAll(":scope > .icon, :scope > button")].flatMap((cover) => {
            const box = cover.getBoundingClientRect();
            return box.right > begin + 1 && box.left < end - 1 ? [input.name || input.id] : [];
          });
        }),
      );
      assert.deepEqual(covered, []);
    },
    { query: `dir=${direction}` },
  );
}

componentsTest("a table is sorted by its headings and says how", async (page) => {
  const heading = page.getByRole("columnheader", { name: "Open" });
  const names = () => page.getByRole("rowheader").allTextContents();
  await heading.getByRole("button").press("Enter");
  await until(async () => assert.equal(await heading.getAttribute("aria-sort"), "ascending"), "it is sorted");
  assert.match((await names())[0], /داليا/);
  await heading.getByRole("button").press("Enter");
  await until(async () => assert.equal(await heading.getAttribute("aria-sort"), "descending"), "and the other way");
  assert.match((await names())[0], /陈/);
  await page.getByRole("button", { name: "Older" }).click();
  await page.getByRole("navigation", { name: "Pages" }).getByText("51 to 100").waitFor();
});

componentsTest("a line to take elsewhere is copied, and the button says so; where that is forbidden, it is selected", async (page) => {
  const line = page.getByRole("group", { name: "The line for your site" });
  const words = await line.locator("code").textContent();
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => void (window.copied = text) }, configurable: true }));
  await line.getByRole("button", { name: "Copy" }).press("Enter");
  await line.getByRole("status").getByText("Copied.").waitFor();
  assert.equal(await page.evaluate(() => window.copied), words);
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true }));
  await line.getByRole("button", { name: "Copy" }).click();
  await until(async () => (await page.evaluate(() => String(getSelection()))) === words, "it is selected");
});

componentsTest("a name turns nothing but itself, and paints over nothing", async (page) => {
  const names = page.locator(".components-names");
  const [eve, next] = await names.evaluate((paragraph) => {
    const text = paragraph.childNodes[1];
    const range = document.createRange();
    const at = (from, to) => (range.setStart(text, from), range.setEnd(text, to), range.getBoundingClientRect().left);
    return [at(1, 5), at(6, 10)];
  });
  assert.ok(eve < next, "the words after the name run on from left to right");
  assert.equal(await names.locator(".name").nth(1).evaluate((name) => getComputedStyle(name).overflow), "clip");
});

// What is chosen, selected or focused must differ from what is not by more than a colour that is taken away.
componentsTest(
  "in forced colours everything that is pressed has an edge, and what is chosen is marked",
  async (page) => {
    const edgeless = await page.locator("button:visible, input:visible, textarea:visible, .popover:popover-open").evaluateAll((elements) =>
      elements
        .filter((element) => !element.matches(".quiet-button, [type=color]"))
        .filter((element) => {
          const { borderTopStyle, borderTopWidth } = getComputedStyle(element);
          return borderTopStyle === "none" || Number.parseFloat(borderTopWidth) === 0;
        })
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(edgeless, []);
    const ground = (locator) => locator.evaluate((element) => getComputedStyle(element).backgroundColor);
    const tab = (name) => page.getByRole("tab", { name });
    assert.notEqual(await ground(tab("Reply")), await ground(tab("Note")), "the chosen tab");
    const box = (name) => page.getByRole("switch", { name });
    assert.notEqual(await ground(box("Sounds")), await ground(box("Fixed")), "the switch");
    await page.getByRole("button", { name: "Actions" }).click();
    await focusedIs(page, "Reply");
    const item = (name) => page.getByRole("menuitem", { name });
    assert.notEqual(await ground(item("Reply")), await ground(item("Assign")), "the focused item");
  },
  { forcedColors: "active" },
);

for (const theme of ["light", "dark"]) {
  componentsTest(
    `words keep a contrast of 4.5:1 on every ground, whatever the brand's colour, in ${theme}`,
    async (page) => {
      const tried = await page.evaluate(() => {
        const pairs = [...document.querySelectorAll("[data-pair]")];
        const brands = ["#000000", "#ffffff", "#808080", "#ffe600", "#00ff00", "#0000ff", "#ff0000", "#00ffff", "#ff00ff", "#0b1a4a"];
        for (let hue = 0; hue < 360; hue += 30) {
          for (const lightness of [20, 35, 45, 55, 65, 71, 73, 85]) brands.push(`hsl(${hue} 90% ${lightness}%)`, `hsl(${hue} 35% ${lightness}%)`);
        }
        return brands.flatMap((brand) => {
          document.documentElement.style.setProperty("--brand", brand);
          return pairs.map((pair) => {
            const { color, backgroundColor } = getComputedStyle(pair);
            return { what: `${pair.dataset.pair} with ${brand}`, colours: [color, backgroundColor] };
          });
        });
      });
      const found = await contrasts(page, tried.map(({ colours }) => colours));
      const poor = tried.flatMap(({ what }, index) => (found[index] < 4.5 ? [`${what}: ${found[index].toFixed(2)}`] : []));
      assert.deepEqual(poor, []);
    },
    { query: `theme=${theme}` },
  );
}

// 1280 pixels at 400 % are 320.
for (const direction of ["ltr", "rtl"]) {
  componentsTest(
    `at 400 % zoom nothing is out of sight, ${direction}`,
    async (page) => {
      const outside = await page.evaluate(() => {
        const { clientWidth, scrollWidth } = document.documentElement;
        return scrollWidth > clientWidth
          ? [...document.querySelectorAll("main *")].filter((element) => {
              const { left, right } = element.getBoundingClientRect();
              return (right > clientWidth + 1 || left < -1) && !element.closest(".table-scroll");
            }).map((element) => element.outerHTML.slice(0, 120))
          : [];
      });
      assert.deepEqual(outside, []);
      await page.getByRole("button", { name: "More" }).click();
      const menu = page.getByRole("menu").filter({ visible: true });
      await menu.getByText("Light").waitFor();
      const { x, width } = await menu.boundingBox();
      assert.ok(x >= 0 && x + width <= 320, "the menu lies in the window");
    },
    { viewport: { width: 320, height: 256 }, query: `dir=${direction}` },
  );
}

componentsTest(
  "what is pressed is 44 pixels high for a finger",
  async (page) => {
    const small = await page.locator("button:visible, [role=option]:visible").evaluateAll((elements) =>
      elements
        // A tag's button reaches beyond what one sees of it.
        .filter((element) => !element.matches(".quiet-button, .tag-remove"))
        .filter((element) => element.getBoundingClientRect().height < 43.9)
        .map((element) => `${element.getBoundingClientRect().height}: ${element.outerHTML.slice(0, 120)}`),
    );
    assert.deepEqual(small, []);
  },
  { hasTouch: true, isMobile: true, viewport: { width: 390, height: 800 } },
);

componentsTest("a browser that cannot anchor gets menus placed by script", async (page) => {
  await page.evaluate(() => {
    const supports = CSS.supports.bind(CSS);
    CSS.supports = (...question) => question[0] !== "position-area" && supports(...question);
  });
  const button = page.getByRole("button", { name: "Actions" });
  await button.click();
  const menu = page.getByRole("menu", { name: "Actions" });
  await focusedIs(page, "Reply");
  const [above, below] = [await button.boundingBox(), await menu.boundingBox()];
  assert.ok(Math.abs(below.x - above.x) < 2, "level with the button's beginning");
  const [top, bottom] = above.y < below.y ? [above, below] : [below, above];
  assert.ok(Math.abs(top.y + top.height + 4 - bottom.y) < 2, "right beside it");
});

test("a release build does not contain the page", async () => {
  const { output } = await build({ root: source, configFile: path.join(source, "vite.config.ts"), logLevel: "warn", build: { write: false } });
  assert.ok(output.length > 1);
  for (const { fileName, code, source: text } of output) {
    assert.ok(!/components-(head|page)|Open a drawer/.test(`${fileName} ${code ?? text}`), fileName);
  }
});
