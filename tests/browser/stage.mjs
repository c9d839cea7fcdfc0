// What every browser test stands on: a browser, people in it, and a watch over what none of them may ever cause.
//
// A person is a browser context of their own: cookies, storage and network are theirs, their tabs share them. On every
// page the stage watches for script errors, dialogs and violations of the Content-Security-Policy.
//
// The shop that visitors come to is another *site* than the server, as it is everywhere but on a developer's machine:
// `http://localhost` embeds a panel of `http://127.0.0.1`. Two ports of one address would be two origins of the same site,
// and hide whatever a browser denies to third parties.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { ADMIN } from "../harness/server.mjs";

/** How long to wait before saying that something hangs. No test depends on how long something took. */
export const PATIENCE = 30_000;

/** What the network's state makes a browser log. Anything else in a console is a mistake of ours. */
const NETWORK_NOISE = [/^Failed to load resource: /, /WebSocket connection to .* failed/];

/**
 * What browsers let the storage of a frame from another site be: `partitioned`, the default of Chromium, Firefox and
 * Safari, is one of its own for each site that embeds it; with `blocked` there is none, and whatever would need one
 * throws or rejects.
 *
 * @typedef {"partitioned" | "blocked"} ThirdPartyStorage
 */

/** Playwright's own list, of what could matter here, without `ThirdPartyStoragePartitioning`. */
const WITHOUT = ["AvoidCorsURLLoaderRestartOnRedirect", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "MediaRouter", "PaintHolding"];

/**
 * Starts a browser: the one in CHROMIUM, or the first Chromium on the PATH.
 *
 * @param {{ thirdPartyStorage?: ThirdPartyStorage }} [options]
 */
export function launch({ thirdPartyStorage = "partitioned" } = {}) {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      // A browser context is an incognito profile, in which third-party cookies are blocked. Playwright takes the
      // partitions away, too, so that its default is `blocked`; Chromium heeds the last list that it is given.
      ...(thirdPartyStorage === "partitioned" ? [`--disable-features=${WITHOUT}`] : []),
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  for (const folder of process.env.PATH.split(path.delimiter)) {
    const found = names.map((name) => path.join(folder, name)).find((file) => existsSync(file));
    if (found) return found;
  }
  throw new Error("There is no Chromium on the PATH. Set CHROMIUM to the path of one.");
}

export class Stage {
  #browser;
  #contexts = [];
  #consoles = [];
  /** @type {Promise<Shop> | undefined} */
  #shop;
  /** What went wrong on any page. */
  offences = [];

  constructor(browser, server) {
    this.#browser = browser;
    this.server = server;
  }

  /** A new person: their browser context. */
  async context(options = {}) {
    const context = await this.#browser.newContext({
      baseURL: this.server.origin,
      locale: "en-GB",
      timezoneId: "UTC",
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    this.#contexts.push(context);
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) => {
        console.error(`CSP violation: ${effectiveDirective} ${blockedURI} at ${sourceFile}:${lineNumber}`);
      });
    });
    context.on("page", (page) => this.#watch(page));
    return context;
  }

  #watch(page) {
    const offend = (what) => this.offences.push(`${page.url()}: ${what}`);
    page.on("pageerror", (error) => offend(`error ${error.stack}`));
    page.on("dialog", (dialog) => {
      offend(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("console", (message) => {
      const text = message.text();
      this.#consoles.push(`${page.url()} [${message.type()}] ${text}`);
      if (message.type() === "error" && !NETWORK_NOISE.some((noise) => noise.test(text))) offend(text);
    });
  }

  /** The shop, a site of its own. @returns {Promise<Shop>} */
  shop() {
    return (this.#shop ??= Shop.open(this.server.origin));
  }

  /** A visitor of the shop. If they have a colour scheme, the site goes by it. */
  async visitor(options) {
    const [context, shop] = await Promise.all([this.context(options), this.shop()]);
    if (options?.colorScheme) {
      await context.addInitScript(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(":root { color-scheme: light dark }");
        document.adoptedStyleSheets = [sheet];
      });
    }
    return new Visitor(context, shop);
  }

  /** An agent who is signed in. */
  async agent(options) {
    const context = await this.context(options);
    const { email, password } = ADMIN;
    const answer = await context.request.post("/api/v1/auth/login", { data: { email, password } });
    assert.ok(answer.ok(), await answer.text());
    // What the dashboard keeps of a sign-in, beside the cookie.
    await context.addInitScript(() => location.origin !== "null" && localStorage.setItem("voxora.signed-in", "1"));
    return new Agent(context);
  }

  /** A further member of the team, who has joined and is signed in. */
  async member({ name, role = "agent", departments = [] }, options) {
    const context = await this.context(options);
    const post = async (path, data, token) => {
      const answer = await context.request.post(`/api/v1/${path}`, { data, headers: token && { authorization: `Bearer ${token}` } });
      assert.ok(answer.ok(), await answer.text());
      return answer.json();
    };
    const { email, password } = ADMIN;
    const { accessToken } = await post("auth/login", { email, password });
    const address = `${name.toLowerCase().replaceAll(/\W/g, "-")}@example.com`;
    const { link } = await post("invitations", { email: address, role, departments }, accessToken);
    await context.clearCookies();
    await post("invitations/accept", { token: link.split("#invitation=")[1], name, password: "seven quiet harbours" });
    await context.addInitScript(() => location.origin !== "null" && localStorage.setItem("voxora.signed-in", "1"));
    return new Agent(context);
  }

  /** Waits until lists and counts have a conversation; they are some seconds behind. */
  async stored(preview) {
    const context = await this.context();
    const { email, password } = ADMIN;
    const { accessToken } = await (await context.request.post("/api/v1/auth/login", { data: { email, password } })).json();
    const ask = () => context.request.get("/api/v1/conversations", { headers: { authorization: `Bearer ${accessToken}` } });
    await until(async () => (await (await ask()).json()).items.some(({ lastMessage }) => lastMessage?.preview === preview), `the list has “${preview}”`);
  }

  /** Takes back what a test meant to happen. @param {RegExp} meant */
  forgive(meant) {
    this.offences = this.offences.filter((offence) => !meant.test(offence));
  }

  check() {
    assert.deepEqual(this.offences, []);
  }

  /** Keeps pictures of all pages, and what their consoles said. */
  async keepEvidence(folder, error) {
    mkdirSync(folder, { recursive: true });
    const pages = this.#contexts.flatMap((context) => context.pages());
    for (const [index, page] of pages.entries()) {
      await page.screenshot({ path: path.join(folder, `page-${index}.png`) }).catch(() => {});
    }
    writeFileSync(path.join(folder, "log.txt"), [error.stack, ...this.offences, ...this.#consoles].join("\n"));
  }

  async close() {
    await Promise.all(this.#contexts.map((context) => context.close()));
    (await this.#shop)?.close();
  }
}

const DEMO = fileURLToPath(new URL("../../widget/demo/", import.meta.url));
const TYPES = { ".css": "text/css", ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".svg": "image/svg+xml" };

/** Somebody else's site, with the widget in it: the demo shop, and whatever pages a test puts there. */
class Shop {
  #server;
  /** What a test put there: by path, a body and its headers. */
  #pages = new Map();
  /** The one line that puts the widget on a page. */
  tag;

  static async open(server) {
    const shop = new Shop();
    shop.tag = `<script src="${server}/widget.js" async></script>`;
    const demo = readFileSync(`${DEMO}index.html`, "utf8").replace('<script src="/widget.js" async></script>', shop.tag);
    assert.ok(demo.includes(shop.tag), "the demo shop has the widget");
    shop.#pages.set("/demo/", { body: demo, headers: {} });
    shop.#server = createServer((request, answer) => shop.#answer(request, answer));
    shop.#server.listen(0, "127.0.0.1");
    await once(shop.#server, "listening");
    return shop;
  }

  get origin() {
    return `http://localhost:${this.#server.address().port}`;
  }

  /** The demo shop's address. */
  get address() {
    return `${this.origin}/demo/`;
  }

  /**
   * Puts a page on the site; gives its address. Without a `body` it is nearly empty, and has the tag.
   *
   * @param {{ path?: string, headers?: Record<string, string>, body?: string }} [page]
   */
  put({ path: name = `/page-${this.#pages.size}`, headers = {}, body = `<!doctype html><html lang="en"><title>A shop</title><h1>A shop</h1>${this.tag}` } = {}) {
    this.#pages.set(name, { body, headers });
    return this.origin + name;
  }

  #answer(request, answer) {
    const { pathname } = new URL(request.url, this.origin);
    const page = this.#pages.get(pathname);
    const file = path.join(DEMO, path.basename(pathname));
    const type = TYPES[path.extname(pathname)] ?? TYPES[".html"];
    if (page) {
      answer.writeHead(200, { "content-type": type, ...page.headers }).end(page.body);
    } else if (pathname.startsWith("/demo/") && existsSync(file)) {
      answer.writeHead(200, { "content-type": type }).end(readFileSync(file));
    } else {
      answer.writeHead(404).end();
    }
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Someone in a conversation, in one or more tabs. */
class Person {
  constructor(context) {
    this.context = context;
  }

  async goOffline() {
    await this.context.setOffline(true);
  }

  async goOnline() {
    await this.context.setOffline(false);
  }
}

export class Visitor extends Person {
  constructor(context, shop) {
    super(context);
    this.shop = shop;
  }

  /** Opens the shop, or another page, in a new tab; the chat in it stays as it is. */
  async visit(address = this.shop.address) {
    const page = await this.context.newPage();
    await page.goto(address);
    return new Panel(page);
  }

  /** Opens the shop, or another page, in a new tab, and the chat in it. */
  async openChat(address) {
    const panel = await this.visit(address);
    await panel.open();
    return panel;
  }
}

export class Agent extends Person {
  /** Opens the dashboard in a new tab. */
  async openDashboard() {
    const page = await this.context.newPage();
    await page.goto("/dashboard/");
    const dashboard = new Dashboard(page);
    await dashboard.inbox.waitFor();
    return dashboard;
  }

  /** Opens the dashboard, and in it the conversation whose last message is `preview`. */
  async openConversation(preview) {
    const dashboard = await this.openDashboard();
    await dashboard.openConversation(preview);
    return dashboard;
  }
}

/** One tab's chat, on either side. */
class Chat {
  constructor(page) {
    this.page = page;
  }

  /** Sends a message, as people do: by writing and pressing Enter. */
  async say(text) {
    await this.write(text);
    await this.field.press("Enter");
    await until(async () => (await this.field.inputValue()) === "", "the field is empty again");
  }

  async write(text) {
    await this.field.fill(text);
  }

  /** Waits until exactly these messages are shown, in this order, and all of them are delivered. */
  async shows(...texts) {
    await until(async () => {
      assert.deepEqual(await this.texts(), texts);
      assert.equal(await this.waiting.count(), 0, "a message still waits");
    });
  }

  async texts() {
    return (await this.messages.allTextContents()).map((text) => text.trim());
  }
}

export class Panel extends Chat {
  constructor(page) {
    super(page);
    this.launcher = page.getByRole("button", { name: /^(Open|Close) chat/ }).first();
    this.iframe = page.locator('iframe[title="Chat"]');
    this.frame = page.frameLocator('iframe[title="Chat"]');
    this.field = this.frame.getByRole("textbox", { name: "Message" });
    this.log = this.frame.getByRole("log", { name: "Messages" });
    this.messages = this.log.locator(".text");
    this.waiting = this.log.getByText(/^(Sending|Saving)…$/);
  }

  async open() {
    await this.page.getByRole("button", { name: /^Open chat/ }).click();
    await this.ready();
  }

  /** Waits until the panel can take what is typed: its page is shown a moment before its script runs. */
  async ready() {
    await until(() => this.field.isEnabled(), "the panel is ready");
  }
}

export class Dashboard extends Chat {
  constructor(page) {
    super(page);
    this.inbox = page.getByRole("region", { name: "Inbox" });
    this.conversation = page.getByRole("region", { name: /^Conversation with / });
    this.field = page.getByRole("textbox", { name: /^(Reply|Note)$/ });
    this.log = page.getByRole("log");
    this.messages = this.log.locator(".message-text");
    this.waiting = this.log.getByText(/^(Sending…|Saving…|Waiting for the connection…)$/);
  }

  /** The row of the conversation whose last message is `preview`. */
  row(preview) {
    return this.inbox.getByRole("link").filter({ hasText: preview });
  }

  async openConversation(preview) {
    await this.row(preview).first().click();
    await this.conversation.waitFor();
    await this.field.waitFor();
  }

  get status() {
    return this.page.getByRole("combobox", { name: "Status" });
  }

  async setStatus(words) {
    await this.status.click();
    await this.page.getByRole("option", { name: new RegExp(`^${words}`) }).click();
  }

  /** Lists conversations of a status, or all. */
  async list(words) {
    await this.page.getByRole("combobox", { name: "Show", exact: true }).click();
    await this.page.getByRole("option", { name: words, exact: true }).click();
  }

  async signOut() {
    await this.page.getByRole("button", { name: /^Your account/ }).click();
    await this.page.getByRole("menuitem", { name: "Sign out" }).click();
    await this.page.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click();
  }

  async note(text) {
    await this.page.getByRole("tab", { name: "Note" }).click();
    await this.say(text);
    await this.page.getByRole("tab", { name: "Reply" }).click();
  }
}

/** A visitor with an open chat in which they have said `text`, and an agent who has it open. */
export async function inConversation(stage, text) {
  const [visitor, agent] = await Promise.all([stage.visitor(), stage.agent()]);
  const panel = await visitor.openChat();
  await panel.say(text);
  const dashboard = await agent.openConversation(text);
  await panel.shows(text);
  await dashboard.shows(text);
  return { visitor, agent, panel, dashboard };
}

/** Waits until a condition holds: until it returns something true, or nothing without an assertion failing. */
export async function until(condition, what) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    let failure;
    try {
      const result = await condition();
      if (result || result === undefined) return result;
      failure = new Error(`Still not so: ${what}`);
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) throw failure;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Those words of an element that are large enough to be seen. */
export function wordsSeen(locator) {
  return locator.evaluate((element) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let words = "";
    while (walker.nextNode()) {
      const { nodeValue, parentElement } = walker.currentNode;
      words += parentElement.checkVisibility() && parseFloat(getComputedStyle(parentElement).fontSize) > 0 ? nodeValue : "";
    }
    return words;
  });
}
