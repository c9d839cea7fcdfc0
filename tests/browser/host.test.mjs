// Embedding the widget into other people's pages: whatever the page is like, the chat works or says in words why not.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";

import { AxeBuilder } from "@axe-core/playwright";

import { browserTest } from "./browser-test.mjs";
import { contrasts } from "./contrast.mjs";
import { Panel, until } from "./stage.mjs";

/** What a visitor whose panel can't be loaded has to go by. */
class Trouble {
  constructor({ page }) {
    this.heading = page.getByRole("heading", { name: /^(The chat could not be loaded|Trying again…)$/ });
    this.again = page.getByRole("button", { name: "Try again" });
    this.link = page.getByRole("link", { name: "Open the chat in a new tab" });
    this.close = page.getByRole("button", { name: "Close", exact: true });
  }

  /** Waits until it is told. */
  async isTold() {
    await this.heading.waitFor();
    await this.again.waitFor();
    await this.link.waitFor();
  }
}

/** Opens a page that has the widget, and the chat in it, where the panel is not expected to come. */
async function openInVain(visitor, address) {
  const panel = await visitor.visit(address);
  await panel.launcher.click();
  return panel;
}

const COEP = ["require-corp", "credentialless"];

for (const policy of COEP) {
  browserTest(`the chat works on a page with the embedder policy ${policy}`, async (stage) => {
    const visitor = await stage.visitor();
    const headers = { "cross-origin-embedder-policy": policy, "cross-origin-opener-policy": "same-origin" };
    const panel = await visitor.openChat(visitor.shop.put({ headers }));
    assert.equal(await panel.page.evaluate(() => crossOriginIsolated), true);
    await panel.say(`Isolated by ${policy}`);
    await panel.shows(`Isolated by ${policy}`);
  });
}

browserTest("a page that a browser opened from a disk has a chat that works", async (stage) => {
  const visitor = await stage.visitor();
  const file = path.join(stage.server.folder, "shop.html");
  writeFileSync(file, `<!doctype html><title>A shop</title>${visitor.shop.tag}`);
  const panel = await visitor.openChat(`file://${file}`);
  await panel.say("From a disk");
  await panel.shows("From a disk");
});

browserTest("in a sandbox without an origin the chat says that it can't be loaded", async (stage) => {
  const visitor = await stage.visitor();
  const inner = visitor.shop.put();
  const outer = visitor.shop.put({ body: `<!doctype html><title>A builder</title><iframe sandbox="allow-scripts" width=900 height=700 src="${inner}"></iframe>` });
  const page = await visitor.context.newPage();
  await page.goto(outer);
  const shop = page.frameLocator("iframe").first();
  await shop.getByRole("button", { name: "Open chat" }).click();
  await shop.getByRole("button", { name: "Try again" }).waitFor();
  // The policy of the panel and the sandbox of the page: not ours to fix, and said in the console.
  stage.forgive(/./);
});

browserTest("in a sandbox with an origin the chat works", async (stage) => {
  const visitor = await stage.visitor();
  const inner = visitor.shop.put();
  const outer = visitor.shop.put({ body: `<!doctype html><title>A builder</title><iframe sandbox="allow-scripts allow-same-origin" width=900 height=700 src="${inner}"></iframe>` });
  const page = await visitor.context.newPage();
  await page.goto(outer);
  const shop = page.frameLocator("iframe").first();
  await shop.getByRole("button", { name: "Open chat" }).click();
  const chat = shop.frameLocator('iframe[title="Chat"]');
  const field = chat.getByRole("textbox", { name: "Message" });
  await until(() => field.isEnabled(), "the panel is ready");
  // No form may be submitted in there; the button sends all the same.
  await field.fill("From a sandbox");
  await chat.getByRole("button", { name: "Send" }).click();
  await chat.getByRole("log", { name: "Messages" }).getByText("From a sandbox").waitFor();
  assert.equal(await field.inputValue(), "");
});

browserTest("a page that may store nothing has a chat", async (stage) => {
  const visitor = await stage.visitor();
  const body = `<!doctype html><title>A shop</title>
    <script>
      for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
      }
    </script>${visitor.shop.tag}`;
  const panel = await visitor.openChat(visitor.shop.put({ body }));
  await panel.say("From a page without a storage");
  await panel.shows("From a page without a storage");
});

browserTest("a page whose policy forbids the frame gets words, and a link that leads to a chat", async (stage) => {
  const { origin } = stage.server;
  const visitor = await stage.visitor();
  const headers = { "content-security-policy": `default-src 'none'; script-src ${origin}` };
  const panel = await openInVain(visitor, visitor.shop.put({ headers }));
  const trouble = new Trouble(panel);
  await trouble.isTold();
  stage.forgive(/frame-src|default-src/);
  const [page] = await Promise.all([visitor.context.waitForEvent("page"), trouble.link.click()]);
  const field = page.getByRole("textbox", { name: "Message" });
  await until(() => field.isEnabled(), "the chat is a page of its own");
  await field.fill("From a page of its own");
  const isBeginning = (answer) => answer.request().method() === "POST" && answer.url().endsWith("/api/v1/conversations");
  const [begun] = await Promise.all([page.waitForResponse(isBeginning), field.press("Enter")]);
  assert.ok(begun.ok(), await begun.text());
  await trouble.close.click();
  await trouble.heading.waitFor({ state: "hidden" });
  await panel.page.getByRole("button", { name: "Open chat" }).waitFor();
});

for (const colorScheme of ["light", "dark"]) {
  browserTest(`what is said when the panel can't be loaded is accessible in ${colorScheme} mode, and Escape closes it`, async (stage) => {
    const visitor = await stage.visitor({ colorScheme });
    await visitor.context.route("**/panel/", (route) => route.abort());
    const panel = await openInVain(visitor, visitor.shop.put({ body: `<!doctype html><html lang="en"><title>A shop</title><main><h1>A shop</h1></main>${visitor.shop.tag}` }));
    const trouble = new Trouble(panel);
    await trouble.isTold();
    const { violations } = await new AxeBuilder({ page: panel.page }).analyze();
    const found = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    assert.deepEqual(found.map(({ help }) => help), []);
    await trouble.link.focus();
    await panel.page.keyboard.press("Escape");
    await trouble.heading.waitFor({ state: "hidden" });
    await panel.launcher.waitFor();
  });
}

browserTest("what is said when the panel can't be loaded can be scrolled to its end at 400 % zoom", async (stage) => {
  const visitor = await stage.visitor({ viewport: { width: 320, height: 256 } });
  await visitor.context.route("**/panel/", (route) => route.abort());
  const panel = await openInVain(visitor);
  const trouble = new Trouble(panel);
  await trouble.isTold();
  await panel.page.mouse.move(160, 128);
  await panel.page.mouse.wheel(0, 1000);
  await until(async () => {
    const { y, height } = await trouble.close.boundingBox();
    return y + height <= 256;
  }, "the last button is on the screen");
});

for (const [what, answer] of Object.entries({
  "a server that fails": { status: 500, contentType: "text/html", body: "boom" },
  "a hotel's log-in page": { status: 200, contentType: "text/html", body: "<h1>Welcome to our Wi-Fi</h1>" },
})) {
  browserTest(`a panel that ${what} kept away is loaded again by itself`, async (stage) => {
    const visitor = await stage.visitor();
    let isBroken = true;
    await visitor.context.route("**/panel/", (route) => (isBroken ? route.fulfill(answer) : route.continue()));
    const panel = await openInVain(visitor);
    const trouble = new Trouble(panel);
    await trouble.isTold();
    isBroken = false;
    await panel.ready();
    await trouble.heading.waitFor({ state: "hidden" });
    await panel.say("At last");
    await panel.shows("At last");
  });
}

browserTest("a panel whose script did not come is loaded again when asked, and takes the focus", async (stage) => {
  const visitor = await stage.visitor();
  let isBroken = true;
  await visitor.context.route("**/panel/panel.js", (route) => (isBroken ? route.abort() : route.continue()));
  const panel = await openInVain(visitor);
  const trouble = new Trouble(panel);
  await trouble.isTold();
  isBroken = false;
  await until(() => trouble.again.evaluate((button) => button.getRootNode().activeElement === button), "the focus is where one can go on");
  await panel.page.keyboard.press("Enter");
  await panel.ready();
  await until(() => panel.field.evaluate((field) => document.activeElement === field), "the field has the focus");
});

browserTest("a panel that comes late leaves the focus where the person has gone on", async (stage) => {
  const visitor = await stage.visitor();
  let isBroken = true;
  await visitor.context.route("**/panel/", (route) => (isBroken ? route.abort() : route.continue()));
  const body = `<!doctype html><title>A shop</title><input aria-label="Search">${visitor.shop.tag}`;
  const panel = await openInVain(visitor, visitor.shop.put({ body }));
  await new Trouble(panel).isTold();
  const search = panel.page.getByRole("textbox", { name: "Search" });
  await search.click();
  isBroken = false;
  await panel.ready();
  await panel.page.keyboard.type("cactus");
  assert.equal(await search.inputValue(), "cactus");
  assert.equal(await panel.field.inputValue(), "");
});

browserTest("a panel that was opened offline comes with the network, or when opened again", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.visit();
  const trouble = new Trouble(panel);
  await panel.launcher.waitFor();
  await visitor.goOffline();
  await panel.launcher.click();
  await trouble.isTold();
  // At once, and not when the next attempt is due.
  const isAskedFor = await panel.page.evaluate(() => {
    const root = document.querySelector("voxora-chat").shadowRoot;
    const before = root.querySelector("iframe");
    dispatchEvent(new Event("online"));
    return root.querySelector("iframe") !== before;
  });
  assert.ok(isAskedFor, "a network that is back is used");
  await panel.page.getByRole("heading", { name: "The chat could not be loaded" }).waitFor();
  await visitor.goOnline();
  await panel.ready();

  const other = await (await stage.visitor()).visit();
  let isBroken = true;
  await other.page.context().route("**/panel/", (route) => (isBroken ? route.abort() : route.continue()));
  await other.launcher.click();
  const told = new Trouble(other);
  await told.isTold();
  await told.close.click();
  isBroken = false;
  await other.page.getByRole("button", { name: "Open chat" }).click();
  // At once, and without the words of the last attempt.
  assert.equal(await told.heading.isVisible(), false);
  await other.ready();
});

for (const [colorScheme, ground] of [["light", "rgb(255, 255, 255)"], ["dark", "rgb(18, 18, 18)"]]) {
  browserTest(`a slow panel has ground and header from its first frame on, in ${colorScheme} mode`, async (stage) => {
    const visitor = await stage.visitor({ colorScheme, reducedMotion: "no-preference" });
    let release;
    const released = new Promise((resolve) => (release = resolve));
    await visitor.context.route("**/panel/**", async (route) => {
      await released;
      await route.continue();
    });
    const panel = await visitor.visit();
    const look = await panel.page.locator("voxora-chat section").evaluate(async (section) => {
      section.parentNode.querySelector(".launcher").click();
      const growth = section.getAnimations().map((animation) => [animation.transitionProperty, animation.effect.getTiming().duration]);
      await Promise.all(section.getAnimations().map(({ finished }) => finished));
      const { backgroundColor, opacity, visibility } = getComputedStyle(section);
      const header = section.querySelector("header").getBoundingClientRect();
      return { growth, backgroundColor, opacity, visibility, headerHeight: header.height };
    });
    assert.deepEqual(look.growth.sort(), [["opacity", 180], ["scale", 180]]);
    assert.equal(look.backgroundColor, ground);
    assert.equal(look.opacity, "1");
    assert.equal(look.visibility, "visible");
    assert.ok(look.headerHeight > 50, String(look.headerHeight));
    release();
    await panel.ready();
  });
}

for (const reducedMotion of ["reduce", "no-preference"]) {
  browserTest(`light or dark is as the site is and not as the visitor's system is, and follows it at once, with motion ${reducedMotion}`, async (stage) => {
    const visitor = await stage.visitor({ reducedMotion });
    const panel = await visitor.visit(visitor.shop.put());
    await panel.page.emulateMedia({ colorScheme: "dark" });
    await panel.open();
    const lightnessOf = (locator) => locator.evaluate((element) => Number(/\d+/.exec(getComputedStyle(element).backgroundColor)));
    const is = (look, why) =>
      until(async () => {
        const [before, panelItself] = [await lightnessOf(panel.page.locator("voxora-chat section")), await lightnessOf(panel.frame.locator("body"))];
        return look === "dark" ? before < 40 && panelItself < 40 : before > 200 && panelItself > 200;
      }, `${look}: ${why}`);
    const set = (property, value) => panel.page.evaluate(([name, to]) => document.documentElement.style.setProperty(name, to), [property, value]);
    await is("light", "the site says nothing, as those do that know light alone");
    await set("color-scheme", "dark");
    await is("dark", "the site's own switch");
    await set("color-scheme", "light dark");
    await is("dark", "the site goes by the system");
    await panel.page.emulateMedia({ colorScheme: "light" });
    await is("light", "the system has changed");
    await set("--voxora-theme", "dark");
    await is("dark", "the site says so for the chat");
    await panel.launcher.click();
    await set("--voxora-theme", "light");
    await set("color-scheme", "dark");
    await panel.open();
    await is("light", "it changed while the panel was hidden, and the chat's own word counts");
    await set("--voxora-theme", "");
    await is("dark", "the chat's own word is taken back");
  });
}

browserTest("a site that goes by the system in its head alone is followed, from the first frame on", async (stage) => {
  const visitor = await stage.visitor();
  const page = visitor.shop.put({ body: `<!doctype html><html lang="en"><meta name="color-scheme" content="light dark"><title>A shop</title><h1>A shop</h1>${visitor.shop.tag}` });
  const panel = await visitor.visit(page);
  await panel.page.emulateMedia({ colorScheme: "dark" });
  await panel.launcher.click();
  const ground = await panel.page.locator("voxora-chat section").evaluate((section) => getComputedStyle(section).backgroundColor);
  assert.equal(ground, "rgb(18, 18, 18)");
  await until(async () => (await panel.frame.locator("html").evaluate((html) => html.style.colorScheme)) === "dark", "the panel is dark");
});

for (const colorScheme of ["light", "dark"]) {
  browserTest(`launcher, panel and dashboard are of one colour, on which words can be read, in ${colorScheme} mode`, async (stage) => {
    const visitor = await stage.visitor({ colorScheme });
    const agent = await stage.agent({ colorScheme });
    const panel = await visitor.openChat();
    const page = panel.page;
    const ofStyle = (locator, ...names) => locator.first().evaluate((element, all) => all.map((name) => getComputedStyle(element)[name]), names);
    const bubble = (text) => panel.messages.filter({ hasText: text });
    const both = ["color", "backgroundColor"];
    const words = {
      suggestions: [...(await ofStyle(panel.frame.locator(".suggestions button"), "color")), ...(await ofStyle(panel.frame.locator(".greeting"), "backgroundColor"))],
    };
    await panel.say(`One colour, ${colorScheme}`);
    const dashboard = await agent.openConversation(`One colour, ${colorScheme}`);
    await dashboard.say("An answer");
    await panel.shows(`One colour, ${colorScheme}`, "An answer");
    await panel.frame.locator(".people .face").first().waitFor();
    Object.assign(words, {
      launcher: await ofStyle(page.locator("voxora-chat .launcher"), ...both),
      header: await ofStyle(panel.frame.locator("header"), ...both),
      presence: [...(await ofStyle(panel.frame.locator(".presence"), "color")), ...(await ofStyle(panel.frame.locator("header"), "backgroundColor"))],
      face: await ofStyle(panel.frame.locator(".people .face"), ...both),
      mine: await ofStyle(bubble("One colour"), ...both),
      theirs: await ofStyle(bubble("An answer"), ...both),
      note: [...(await ofStyle(panel.frame.locator(".note"), "color")), ...(await ofStyle(panel.frame.locator("body"), "backgroundColor"))],
    });
    const found = await contrasts(page, Object.values(words));
    assert.deepEqual(Object.keys(words).filter((_, index) => found[index] < 4.5), [], JSON.stringify([words, found]));

    const [waiting] = await ofStyle(page.locator("voxora-chat section > header"), "backgroundColor");
    const [resolve] = await ofStyle(dashboard.page.getByRole("button", { name: "Resolve" }), "backgroundColor");
    const apart = await contrasts(page, [waiting, words.header[1], words.mine[1], resolve].map((colour) => [words.launcher[1], colour]));
    assert.ok(apart.every((contrast) => contrast < 1.01), JSON.stringify([words, waiting, resolve, apart]));
  });
}

browserTest("a panel that is slower than our patience is told so, and taken when it comes", async (stage) => {
  const visitor = await stage.visitor();
  let release;
  const released = new Promise((resolve) => (release = resolve));
  const asked = [];
  await visitor.context.route("**/panel/panel.js", async (route) => {
    asked.push(route);
    await released;
    await route.continue();
  });
  await visitor.context.clock.install();
  const panel = await visitor.visit();
  await panel.launcher.click();
  await until(() => asked.length === 1, "the script is asked for");
  const trouble = new Trouble(panel);
  await panel.page.clock.fastForward(11_000);
  assert.equal(await trouble.heading.isVisible(), false);
  await panel.page.clock.fastForward(1_500);
  await trouble.isTold();
  release();
  await panel.ready();
  await trouble.heading.waitFor({ state: "hidden" });
  assert.equal(asked.length, 1, "what was under way was not thrown away");
});

browserTest("who wants less motion gets none", async (stage) => {
  const panel = await (await stage.visitor()).visit();
  const moves = await panel.page.locator("voxora-chat section").evaluate((section) => {
    section.parentNode.querySelector(".launcher").click();
    return section.getAnimations().length;
  });
  assert.equal(moves, 0);
});

for (const [what, body] of Object.entries({
  "an element": (tag) => `<div id="Voxora">Our brand</div>${tag}`,
  "an object": (tag) => `<script>window.Voxora = { brand: true }</script>${tag}`,
  "a constant": (tag) => `<script>Object.defineProperty(window, "Voxora", { value: 1 })</script>${tag}`,
})) {
  browserTest(`a page that has ${what} of the widget's name has a chat all the same`, async (stage) => {
    const visitor = await stage.visitor();
    const panel = await visitor.openChat(visitor.shop.put({ body: `<!doctype html><title>A shop</title>${body(visitor.shop.tag)}` }));
    await panel.say("Under another name");
    await panel.shows("Under another name");
    // An element's name is free for the API; what the page has made itself stays as it is.
    if (what === "an element") assert.equal(await panel.page.evaluate(() => typeof window.Voxora.open), "function");
    if (what === "an object") assert.equal(await panel.page.evaluate(() => window.Voxora.brand), true);
  });
}

browserTest("a page whose library has methods of its own on every element has a chat", async (stage) => {
  const visitor = await stage.visitor();
  const body = `<!doctype html><title>A shop</title>
    <script>
      for (const name of ["append", "prepend", "before", "after", "remove", "replaceWith", "replaceChildren", "show", "hide", "toggle", "update"]) {
        Element.prototype[name] = DocumentFragment.prototype[name] = () => { throw new Error("of the library") };
      }
    </script>${visitor.shop.tag}`;
  const panel = await visitor.openChat(visitor.shop.put({ body }));
  await panel.say("Among old friends");
  await panel.shows("Among old friends");
});

for (const [what, swap] of Object.entries({
  "its whole markup": () => (document.documentElement.innerHTML = "<head><title>New</title></head><body><h1>New</h1></body>"),
  "its document": () => {
    document.open();
    document.write("<!doctype html><title>New</title><h1>New</h1>");
    document.close();
  },
  "its root": () => {
    const root = document.createElement("html");
    root.append(document.createElement("body"));
    document.documentElement.replaceWith(root);
  },
})) {
  browserTest(`after a page has replaced ${what} the chat is there, and goes on`, async (stage) => {
    const visitor = await stage.visitor();
    const panel = await visitor.openChat();
    await panel.say("Before the swap");
    await panel.shows("Before the swap");
    await panel.page.evaluate(swap);
    await panel.ready();
    await panel.shows("Before the swap");
    await panel.say("After the swap");
    await panel.shows("Before the swap", "After the swap");
    await panel.frame.getByRole("button", { name: "Close chat" }).click();
    await panel.page.getByRole("button", { name: "Open chat" }).click();
    await panel.ready();
  });
}

browserTest("a chat that a framework took away comes back; one that the page removed waits until it is wanted", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.openChat();
  const { page } = panel;
  await panel.say("Before hydration");
  await panel.shows("Before hydration");
  await page.evaluate(() => document.querySelector("voxora-chat").remove());
  await panel.ready();
  await panel.shows("Before hydration");

  const isThere = () => page.evaluate(() => document.querySelector("voxora-chat") !== null);
  await page.evaluate(() => window.Voxora.remove());
  await page.waitForTimeout(300);
  assert.equal(await isThere(), false, "the page's will is done");
  await page.evaluate(() => window.Voxora.open());
  await panel.ready();
  await page.evaluate(() => window.Voxora.remove());
  await page.addScriptTag({ url: `${stage.server.origin}/widget.js?again` });
  await panel.open();
  await panel.shows("Before hydration");

  // A page that takes it away whenever it comes is not fought.
  await page.evaluate(() => {
    const insist = () => document.querySelector("voxora-chat")?.remove();
    new MutationObserver(insist).observe(document.documentElement, { childList: true });
    insist();
  });
  await page.waitForTimeout(300);
  assert.equal(await isThere(), false);
});

for (const [what, load] of Object.entries({
  "a module": (origin) => `<script type="module" src="${origin}/widget.js"></script>`,
  "an import": (origin) => `<script type="module">import "${origin}/widget.js"</script>`,
  "a script with crossorigin": (origin) => `<script src="${origin}/widget.js" crossorigin></script>`,
})) {
  browserTest(`the widget can be loaded as ${what}`, async (stage) => {
    const visitor = await stage.visitor();
    const body = `<!doctype html><title>A shop</title><body>${load(stage.server.origin)}`;
    const panel = await visitor.openChat(visitor.shop.put({ body }));
    await panel.say(`As ${what}`);
    await panel.shows(`As ${what}`);
  });
}

browserTest("calls from before the widget has come are kept, and a listener that throws stops nothing", async (stage) => {
  const visitor = await stage.visitor();
  const body = `<!doctype html><title>A shop</title>
    <script>
      heard = [];
      (window.Voxora ??= []).push((chat) => {
        chat.on("open", () => { throw new Error("of the page") });
        chat.on("open", () => heard.push("open"));
        chat.on("close", () => heard.push("close"));
      }, () => { throw new Error("of the page") }, (chat) => chat.open());
    </script>${visitor.shop.tag}`;
  const page = await visitor.context.newPage();
  await page.goto(visitor.shop.put({ body }));
  const panel = new Panel(page);
  await panel.ready();
  await until(() => panel.field.evaluate((field) => document.activeElement === field), "the field has the focus");
  await page.evaluate(() => window.Voxora.close());
  await page.evaluate(() => window.Voxora.push((chat) => chat.open()));
  assert.deepEqual(await page.evaluate(() => window.heard), ["open", "close", "open"]);
  assert.equal(stage.offences.length, 3);
  stage.forgive(/Error: of the page/);
});

browserTest("a page can hide the launcher, open the chat by a button of its own and gets the focus back", async (stage) => {
  const visitor = await stage.visitor();
  const body = `<!doctype html><title>A shop</title><button onclick="Voxora.open()">Help</button>
    <script>(window.Voxora ??= []).push((chat) => chat.launcher(false))</script>${visitor.shop.tag}`;
  const page = await visitor.context.newPage();
  await page.goto(visitor.shop.put({ body }));
  await page.waitForFunction(() => window.Voxora.open);
  const panel = new Panel(page);
  assert.equal(await page.getByRole("button", { name: "Open chat" }).count(), 0);
  const help = page.getByRole("button", { name: "Help" });
  await help.click();
  await panel.ready();
  await panel.frame.getByRole("button", { name: "Close chat" }).click();
  await until(() => help.evaluate((button) => document.activeElement === button), "the page's button has the focus");
  await page.evaluate(() => window.Voxora.launcher(true));
  await page.getByRole("button", { name: "Open chat" }).waitFor();
});

/** Whether a click in the middle of something reaches it. */
async function isOnTop(page, locator) {
  const { x, y, width, height } = await locator.boundingBox();
  const name = await page.evaluate(([x, y]) => document.elementFromPoint(x, y)?.localName, [x + width / 2, y + height / 2]);
  return name === "voxora-chat";
}

for (const [what, style] of Object.entries({
  "a wall of the highest z-index": "#wall { position: fixed; inset: 0; z-index: 2147483647; background: #fffc }",
  "a ground for every backdrop": "::backdrop { background: #000; display: block !important }",
  "a transformed root": "html { transform: translateX(0); min-height: 3000px }",
})) {
  browserTest(`${what} covers and moves neither launcher nor panel`, async (stage) => {
    const visitor = await stage.visitor();
    const body = `<!doctype html><title>A shop</title><style>${style}</style><h1>A shop</h1>${visitor.shop.tag}<div id="wall"></div>`;
    const panel = await visitor.visit(visitor.shop.put({ body }));
    await panel.launcher.waitFor();
    // What comes last lies on top of what is as high.
    await panel.page.evaluate(() => document.documentElement.appendChild(document.getElementById("wall")));
    const { height } = panel.page.viewportSize();
    const box = await panel.launcher.boundingBox();
    assert.ok(box.y > height - 100 && box.y + box.height <= height, JSON.stringify(box));
    assert.ok(await isOnTop(panel.page, panel.launcher), "the launcher is on top");
    await panel.open();
    assert.ok(await isOnTop(panel.page, panel.iframe), "the panel is on top");
    assert.ok(await isOnTop(panel.page, panel.launcher), "the launcher is still on top");
    const backdrop = await panel.page.locator("voxora-chat").evaluate((host) => getComputedStyle(host, "::backdrop").display);
    assert.equal(backdrop, "none", "nothing lies over the page");
  });
}

browserTest("after closing by mouse no ring is drawn round the launcher; after closing by key there is one", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.visit();
  // By key: of who has used one, browsers think that they want to see where the focus is.
  await panel.launcher.press("Enter");
  await panel.ready();
  const launcher = () => panel.page.locator("voxora-chat .launcher").evaluate((button) => ({
    hasFocus: button.getRootNode().activeElement === button,
    ring: getComputedStyle(button).outlineStyle,
  }));
  await panel.frame.getByRole("button", { name: "Close chat" }).click();
  await panel.field.waitFor({ state: "hidden" });
  assert.deepEqual(await launcher(), { hasFocus: true, ring: "none" });
  await panel.page.keyboard.press("Enter");
  await panel.ready();
  await panel.field.press("Escape");
  await panel.field.waitFor({ state: "hidden" });
  assert.deepEqual(await launcher(), { hasFocus: true, ring: "solid" });
});

browserTest("in forced colours launcher and panel have edges", async (stage) => {
  const visitor = await stage.visitor({ forcedColors: "active" });
  const panel = await visitor.openChat();
  for (const part of [".launcher", "section"]) {
    const edge = await panel.page.locator(`voxora-chat ${part}`).evaluate((element) => {
      const { borderTopWidth, borderTopStyle, borderTopColor, backgroundColor } = getComputedStyle(element);
      return { borderTopWidth, borderTopStyle, differs: borderTopColor !== backgroundColor };
    });
    assert.deepEqual(edge, { borderTopWidth: "1px", borderTopStyle: "solid", differs: true }, part);
  }
});

for (const viewport of [{ width: 844, height: 390 }, { width: 320, height: 256 }]) {
  browserTest(`on a screen of ${viewport.width} by ${viewport.height} the panel fills it`, async (stage) => {
    const panel = await (await stage.visitor({ viewport })).openChat();
    const box = await panel.iframe.boundingBox();
    assert.ok(box.width >= viewport.width - 1 && box.height >= viewport.height - 1, JSON.stringify(box));
    assert.equal(await panel.page.getByRole("button", { name: "Close chat" }).first().isVisible(), false);
    await panel.say("Sideways");
    await panel.shows("Sideways");
  });
}
