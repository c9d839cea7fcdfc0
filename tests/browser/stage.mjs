// What every browser test stands on: a browser, people in it, and a watch over what none of them may ever cause.
//
// A person is a browser context of their own: cookies, storage and network are theirs, their tabs share them. On every
// page the stage watches for script errors, dialogs and violations of the Content-Security-Policy.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { chromium } from "playwright-core";

import { ADMIN } from "../harness/server.mjs";

/** How long to wait before saying that something hangs. No test depends on how long something took. */
export const PATIENCE = 30_000;

/** What the network's state makes a browser log. Anything else in a console is a mistake of ours. */
const NETWORK_NOISE = [/^Failed to load resource: /, /WebSocket connection to .* failed/];

/** Starts a browser: the one in CHROMIUM, or the first Chromium on the PATH. */
export function launch() {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
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

  /** A visitor of the demo shop. */
  async visitor(options) {
    return new Visitor(await this.context(options));
  }

  /** An agent who is signed in. */
  async agent(options) {
    const context = await this.context(options);
    const { email, password } = ADMIN;
    const answer = await context.request.post("/api/v1/auth/login", { data: { email, password } });
    assert.ok(answer.ok(), await answer.text());
    return new Agent(context);
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
  /** Opens the shop in a new tab; the chat in it stays as it is. */
  async visit(address = "/demo/") {
    const page = await this.context.newPage();
    await page.goto(address);
    return new Panel(page);
  }

  /** Opens the shop in a new tab, and the chat in it. */
  async openChat() {
    const panel = await this.visit();
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

  async note(text) {
    await this.page.getByRole("tab", { name: "Note" }).click();
    await this.say(text);
    await this.page.getByRole("tab", { name: "Reply" }).click();
  }
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
