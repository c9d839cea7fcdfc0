// Getting into the dashboard and around in it: set-up, sign-in, sign-out, keyboard, a narrow screen.

import assert from "node:assert/strict";

import { AxeBuilder } from "@axe-core/playwright";

import { SCREENS } from "../../dashboard-static/src/shell/screens.ts";
import { ADMIN, SETUP_TOKEN } from "../harness/server.mjs";
import { browserTest, documentsTest } from "./browser-test.mjs";
import { Dashboard, inConversation, until, wordsSeen } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function signIn(page, password) {
  await page.getByLabel("E-mail address").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await button(page, "Sign in").click();
}

documentsTest(
  "the first start is a set-up, from a link whose token leaves the address at once",
  async (stage) => {
    const context = await stage.context();
    const page = await context.newPage();
    await page.goto(`/dashboard/#setup=${SETUP_TOKEN}`);
    await page.getByRole("heading", { name: "Set up Voxora" }).waitFor();
    assert.ok(!page.url().includes(SETUP_TOKEN), page.url());
    await button(page, "Create account").click();
    for (const words of ["Enter your name.", "Enter your e-mail address.", "Choose a password."]) await page.getByText(words).waitFor();
    await page.getByLabel("Your name").fill("Grace");
    await page.getByLabel("E-mail address").fill("grace@example.com");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await button(page, "Create account").click();
    await page.getByText("at least 10 characters; it has 5").waitFor();
    await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
    await button(page, "Create account").click();
    await page.getByRole("heading", { name: "No conversations yet" }).waitFor();
    await page.reload();
    await page.getByRole("region", { name: "Inbox" }).waitFor();

    const second = await (await stage.context()).newPage();
    await second.goto(`/dashboard/#setup=${SETUP_TOKEN}`);
    await second.getByRole("heading", { name: "Sign in" }).waitFor();
    await second.getByText("This deployment is set up already.").waitFor();
  },
  { server: { admin: null } },
);

browserTest(
  "a wrong set-up token is explained",
  async (stage) => {
    const page = await (await stage.context()).newPage();
    await page.goto("/dashboard/");
    await page.getByText("open that link again").waitFor();
    await page.getByLabel("Set-up token").fill("not the token");
    await page.getByLabel("Your name").fill("Eve");
    await page.getByLabel("E-mail address").fill("eve@example.com");
    await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
    await button(page, "Create account").click();
    await page.getByRole("alert").filter({ hasText: /set-up token/i }).waitFor();
  },
  { server: { admin: null } },
);

documentsTest("an agent signs in, stays signed in over a reload, and signs out", async (stage) => {
  const page = await (await stage.context()).newPage();
  await page.goto("/dashboard/");
  await signIn(page, "not the password");
  await page.getByRole("alert").filter({ hasText: /password/i }).waitFor();
  await signIn(page, ADMIN.password);
  const { inbox } = new Dashboard(page);
  await inbox.waitFor();
  await page.reload();
  await inbox.waitFor();
  const stored = JSON.stringify(await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.doesNotMatch(stored, /eyJ/, "a token lies where scripts can read it");
  await new Dashboard(page).signOut();
  await page.getByText("You are signed out.").waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

browserTest("signing out in one tab signs out the other", async (stage) => {
  const agent = await stage.agent();
  const [one, other] = [await agent.openDashboard(), await agent.openDashboard()];
  await one.signOut();
  await one.page.getByText("You are signed out.").waitFor();
  await other.page.reload();
  await other.page.getByRole("heading", { name: "Sign in" }).waitFor();
});

browserTest("a conversation is read and answered by keyboard alone", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.openChat();
  await panel.say("Answer me without a mouse");

  const page = await (await stage.context()).newPage();
  await page.goto("/dashboard/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await until(() => page.evaluate(() => document.activeElement?.name === "email"), "the first field has the focus");
  await page.keyboard.type(ADMIN.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(ADMIN.password);
  await page.keyboard.press("Enter");
  const dashboard = new Dashboard(page);
  await dashboard.row("Answer me without a mouse").waitFor();
  // j opens the next one directly, and goes on to the next when pressed again.
  const isOpen = async () => (await dashboard.texts()).includes("Answer me without a mouse");
  for (let presses = 0; !(await isOpen()); presses += 1) {
    assert.ok(presses < 50, "j never reaches the conversation");
    await page.keyboard.press("j");
    await dashboard.conversation.waitFor();
    await until(async () => (await dashboard.messages.count()) > 0, "its messages are shown");
  }
  await dashboard.shows("Answer me without a mouse");
  await page.keyboard.press("r");
  await page.keyboard.type("Here you are");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("in two lines");
  await page.keyboard.press("Enter");
  await panel.shows("Answer me without a mouse", "Here you are\nin two lines");
  await page.keyboard.press("Control+/");
  await page.keyboard.type("A note");
  await page.keyboard.press("Enter");
  await dashboard.shows("Answer me without a mouse", "Here you are\nin two lines", "A note");
  // Arrow up in the empty field changes what was said last; Escape leaves that as it was, and climbs one step at a time.
  await page.keyboard.press("ArrowUp");
  await page.getByRole("form", { name: "Edit message" }).waitFor();
  await page.keyboard.type(", mended");
  await page.keyboard.press("Enter");
  await dashboard.shows("Answer me without a mouse", "Here you are\nin two lines", "A note, mended");
  await until(() => page.evaluate(() => document.activeElement?.localName === "textarea"), "the focus is where it was");
  await page.keyboard.press("Escape");
  await dashboard.conversation.waitFor();
  await page.keyboard.press("Escape");
  await dashboard.conversation.waitFor({ state: "hidden" });
  await until(() => page.evaluate(() => document.activeElement?.dataset.conversation !== undefined), "the row has the focus");

  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await help.getByText("Open the next conversation").waitFor();
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "hidden" });
});

browserTest("on a phone the list and the conversation are two pages", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.openChat();
  await panel.say("Answer me from a phone");
  const agent = await stage.agent({ viewport: { width: 390, height: 844 } });
  const dashboard = await agent.openDashboard();
  await dashboard.openConversation("Answer me from a phone");
  assert.equal(await dashboard.inbox.isVisible(), false);
  // Where one writes, the whole screen is for that.
  const navigation = dashboard.page.getByRole("navigation", { name: "Main" });
  await navigation.waitFor({ state: "hidden" });
  await dashboard.say("From a phone");
  await panel.shows("Answer me from a phone", "From a phone");
  // What is known of the visitor is a line each, and no dot hangs at the end of one.
  // That nobody waits any more the feed tells, a moment later.
  await dashboard.conversation.locator(".fact").nth(2).waitFor({ state: "detached" });
  const facts = await dashboard.conversation.locator(".conversation-who p").evaluate((line) => ({
    lines: Math.round(line.getBoundingClientRect().height / parseFloat(getComputedStyle(line).lineHeight)),
    dots: [...line.children].map((fact) => /·/.test(getComputedStyle(fact, "::before").content + getComputedStyle(fact, "::after").content)),
  }));
  assert.deepEqual(facts, { lines: 2, dots: [false, false] });
  const isTooWide = await dashboard.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(isTooWide, false, "the page scrolls sideways");
  await dashboard.page.getByRole("link", { name: "Back to the list" }).click();
  await dashboard.inbox.waitFor();
  await navigation.waitFor();
  assert.equal(await dashboard.field.isVisible(), false);
});

documentsTest("the lists are by status, and each has an address", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.openChat();
  await panel.say("To be resolved");
  const agent = await stage.agent();
  const dashboard = await agent.openConversation("To be resolved");
  const { page } = dashboard;
  await dashboard.setStatus("Resolved");
  await dashboard.row("To be resolved").waitFor({ state: "hidden" });
  await dashboard.list("Resolved");
  await dashboard.row("To be resolved").waitFor();
  await page.reload();
  await dashboard.row("To be resolved").waitFor();
});

/** Lets requests of a kind wait until they are released. */
async function held(page, method, address) {
  const waiting = [];
  let isOpen = false;
  await page.route(address, (route) => {
    if (route.request().method() !== method || isOpen) return route.continue();
    waiting.push(() => route.continue());
  });
  return {
    begun: () => until(() => waiting.length > 0, "the request is under way"),
    count: () => waiting.length,
    release: () => {
      isOpen = true;
      waiting.splice(0).forEach((release) => release());
    },
  };
}

browserTest("what is asked for while another change is under way is done after it, and shown meanwhile", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say("Two changes at once");
  const dashboard = await (await stage.agent()).openConversation("Two changes at once");
  const { page } = dashboard;
  const slow = await held(page, "PATCH", "**/api/v1/conversations/*");
  await button(page, "Assign to me").click();
  await slow.begun();
  await dashboard.conversation.getByText("Assigned to you").waitFor();
  await dashboard.setStatus("Pending");
  // As it will be; nothing jumps back, and only one change is asked for at a time.
  assert.match(await dashboard.status.textContent(), /Pending/);
  assert.equal(slow.count(), 1);
  slow.release();
  await dashboard.log.getByText("You took this conversation.").waitFor();
  await dashboard.log.getByText("You set this conversation to Pending.").waitFor();
  assert.match(await dashboard.status.textContent(), /Pending/);
});

browserTest("a change that failed is said, can be dismissed, and is shown no more", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say("It will not do");
  const dashboard = await (await stage.agent()).openConversation("It will not do");
  const { page } = dashboard;
  await page.route("**/api/v1/conversations/*", (route) =>
    route.request().method() === "PATCH" ? route.fulfill({ status: 503, json: { code: "unavailable", title: "Unavailable" } }) : route.continue(),
  );
  await dashboard.setStatus("Closed");
  const alert = page.getByRole("alert").filter({ hasText: "The status was not changed." });
  await alert.waitFor();
  await until(async () => (await dashboard.status.textContent()).includes("Open"), "what holds is shown again");
  await button(page, "Dismiss").click();
  await alert.waitFor({ state: "hidden" });
});

browserTest("the status changes when one is chosen, not on the way there", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say("By arrow keys");
  const dashboard = await (await stage.agent()).openConversation("By arrow keys");
  const { page } = dashboard;
  let asked = 0;
  page.on("request", (request) => (asked += request.method() === "PATCH" ? 1 : 0));
  await dashboard.status.focus();
  for (const key of ["Enter", "ArrowDown", "ArrowDown", "ArrowDown", "Escape"]) await page.keyboard.press(key);
  assert.match(await dashboard.status.textContent(), /Open/);
  assert.equal(asked, 0);
  for (const key of ["Enter", "ArrowDown", "Enter"]) await page.keyboard.press(key);
  await dashboard.log.getByText("You set this conversation to Pending.").waitFor();
  assert.equal(asked, 1);
});

browserTest("Resolve goes on to the next, and can be taken back", async (stage) => {
  for (const text of ["To be done second", "To be done first"]) {
    const panel = await (await stage.visitor()).openChat();
    await panel.say(text);
    await panel.shows(text);
  }
  const dashboard = await (await stage.agent()).openConversation("To be done first");
  const { page } = dashboard;
  await dashboard.row("To be done second").waitFor();
  await button(page, "Resolve").click();
  await dashboard.shows("To be done second");
  await dashboard.row("To be done first").waitFor({ state: "hidden" });
  await button(page, "Undo").click();
  await dashboard.shows("To be done first");
  await dashboard.row("To be done first").waitFor();
  await until(async () => (await dashboard.status.textContent()).includes("Open"), "it is open again");
  // The same by keyboard: resolve, and take back.
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  await dashboard.shows("To be done second");
  await page.keyboard.press("z");
  await dashboard.shows("To be done first");
});

browserTest("what is typed at once after Edit is part of the text, and what was begun is kept", async (stage) => {
  const panels = [];
  for (const text of ["The other one", "The edited one"]) {
    const panel = await (await stage.visitor()).openChat();
    await panel.say(text);
    await panel.shows(text);
    panels.push(panel);
  }
  const dashboard = await (await stage.agent()).openConversation("The edited one");
  const { page } = dashboard;
  await dashboard.say("A message");
  await panels[1].shows("The edited one", "A message");
  const edit = page.getByRole("button", { name: "Edit “A message”" });
  // The editor's field has the focus before the browser can take another key, let alone paint a frame. A press of the
  // mouse has taken it from where one writes.
  const next = await edit.evaluate(async (element) => {
    element.focus();
    element.click();
    for (let turns = 0; turns < 20; turns += 1) await undefined;
    return document.activeElement.closest("form")?.ariaLabel;
  });
  assert.equal(next, "Edit message");
  await page.keyboard.type(" n plus");
  const editor = page.getByRole("form", { name: "Edit message" });
  assert.equal(await editor.getByRole("textbox").inputValue(), "A message n plus");
  assert.equal(await page.getByRole("tab", { name: "Note" }).getAttribute("aria-selected"), "false");

  await dashboard.row("The other one").click();
  await dashboard.shows("The other one");
  await dashboard.row("A message").click();
  assert.equal(await editor.getByRole("textbox").inputValue(), "A message n plus");
  await editor.getByRole("button", { name: "Save" }).click();
  await panels[1].shows("The edited one", "A message n plus");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "A message n plus", "the focus stays at the message");

  await page.getByRole("button", { name: "Delete “A message n plus”" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await dashboard.shows("The edited one", "Message deleted");
  await until(() => page.evaluate(() => document.activeElement?.textContent === "Message deleted"), "the focus stays at its place");
});

browserTest("a conversation that was seen before is shown at once, and one that was not as the list has it", async (stage) => {
  for (const text of ["Seen a while ago", "Never seen"]) {
    const panel = await (await stage.visitor()).openChat();
    await panel.say(text);
    await panel.shows(text);
  }
  const agent = await stage.agent();
  const dashboard = await agent.openConversation("Seen a while ago");
  const { page } = dashboard;
  await dashboard.say("Answered");
  await dashboard.shows("Seen a while ago", "Answered");
  await dashboard.row("Never seen").waitFor();
  await dashboard.row("Answered").waitFor();
  // Nothing new comes from the server any more.
  await agent.goOffline();
  await page.getByText("You are offline.").waitFor();
  await dashboard.row("Never seen").click();
  await dashboard.conversation.getByText("Never seen").waitFor();
  assert.match(await dashboard.status.textContent(), /Open/);
  await dashboard.row("Answered").click();
  assert.deepEqual(await dashboard.texts(), ["Seen a while ago", "Answered"]);
  await agent.goOnline();
  await page.getByText("You are offline.").waitFor({ state: "hidden" });
  await dashboard.say("And again");
  await dashboard.shows("Seen a while ago", "Answered", "And again");
});

browserTest("going from one conversation to another says nothing of the connection", async (stage) => {
  for (const text of ["One of two", "The other of two"]) {
    const panel = await (await stage.visitor()).openChat();
    await panel.say(text);
    await panel.shows(text);
  }
  const agent = await stage.agent();
  // A network that takes its time: long enough to be seen.
  await agent.context.routeWebSocket("**/api/**", async (socket) => {
    await new Promise((resolve) => setTimeout(resolve, 600));
    socket.connectToServer();
  });
  const dashboard = await agent.openConversation("One of two");
  await dashboard.shows("One of two");
  await dashboard.page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => {
      const words = document.querySelector(".connection")?.textContent;
      if (words) window.said.push(words);
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  for (const text of ["The other of two", "One of two"]) {
    await dashboard.openConversation(text);
    await dashboard.shows(text);
    await dashboard.say(`Said of: ${text}`);
    await dashboard.shows(text, `Said of: ${text}`);
  }
  assert.deepEqual(await dashboard.page.evaluate(() => window.said), []);
});

browserTest("of a list that could not be loaded it is said which part is missing", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say("On the first page");
  await panel.shows("On the first page");
  const agent = await stage.agent();
  let isBroken = true;
  // The list has a second page, which never comes.
  await agent.context.route(/\/api\/v1\/conversations\?/, async (route) => {
    if (isBroken || route.request().url().includes("cursor=")) {
      return route.fulfill({ status: 503, json: { code: "unavailable", title: "Unavailable" } });
    }
    const body = await (await route.fetch()).json();
    return route.fulfill({ json: { ...body, nextCursor: "more" } });
  });
  const dashboard = await agent.openDashboard();
  const alert = dashboard.inbox.getByRole("alert");
  await alert.filter({ hasText: "The conversations could not be loaded." }).waitFor();
  isBroken = false;
  await button(dashboard.page, "Try again").click();
  await dashboard.row("On the first page").waitFor();
  // Older ones are loaded where the list ends, which other tests' conversations may push out of sight. What stands there
  // is replaced at that very moment, so the list is scrolled and not one of the things in it.
  await dashboard.inbox.locator(".inbox-scroll").evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await alert.filter({ hasText: "Older conversations could not be loaded." }).waitFor();
  assert.equal(await dashboard.inbox.getByText("The conversations could not be loaded.").count(), 0);
});

browserTest("the focus stays in a conversation that is closed and opened again", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say("Closed under one’s hands");
  const agent = await stage.agent();
  const dashboard = await agent.openConversation("Closed under one’s hands");
  const other = await agent.openConversation("Closed under one’s hands");
  const holdsFocus = () => dashboard.conversation.evaluate((pane) => pane.contains(document.activeElement));
  await dashboard.field.focus();
  await other.setStatus("Closed");
  await dashboard.page.getByText("This conversation is closed.").waitFor();
  await until(holdsFocus, "the focus is in the conversation whose field has gone");
  await button(dashboard.page, "Reopen").press("Enter");
  await dashboard.field.waitFor();
  await until(holdsFocus, "the focus is in the conversation whose button has gone");
});

browserTest("Escape that ends a composition leaves and loses nothing", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say("Composed");
  const dashboard = await (await stage.agent()).openConversation("Composed");
  const { page } = dashboard;
  await dashboard.say("To be edited");
  await dashboard.shows("Composed", "To be edited");
  // As Safari tells of it: after the composition, by this code alone.
  const endComposition = () =>
    page.evaluate(() => {
      const key = new KeyboardEvent("keydown", { key: "Escape", keyCode: 229, bubbles: true, cancelable: true });
      document.activeElement.dispatchEvent(key);
      return new Promise((resolve) => setTimeout(resolve, 100));
    });
  await dashboard.field.focus();
  await endComposition();
  assert.ok(await dashboard.field.evaluate((field) => field === document.activeElement), "the field keeps the focus");

  await dashboard.messages.last().hover();
  await page.getByRole("button", { name: "Edit “To be edited”" }).click();
  const editor = page.getByRole("form", { name: "Edit message" });
  await page.keyboard.type(", half");
  await endComposition();
  assert.equal(await editor.getByRole("textbox").inputValue(), "To be edited, half");
  await page.keyboard.press("Escape");
  await editor.waitFor({ state: "hidden" });
});

browserTest("marks stay in their message, and disguised hosts are named", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say(`.${"\u0347".repeat(99)}`);
  await panel.say("https://аррӏе.com");
  const dashboard = await (await stage.agent()).openConversation("https://аррӏе.com");
  await until(async () => (await dashboard.messages.count()) === 2);
  assert.match(await dashboard.messages.first().evaluate((node) => getComputedStyle(node).overflow), /clip|hidden/);
  assert.match((await dashboard.texts())[1], /^https:\/\/аррӏе\.com \(xn--80ak6aa92e\.com\)$/);
  // The same in the list.
  await panel.say(`.${"\u0347".repeat(99)}`);
  const row = dashboard.inbox.getByRole("link").filter({ hasText: "\u0347" });
  await row.waitFor();
  const clips = await row.evaluate((link) => {
    const walker = document.createTreeWalker(link, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && !walker.currentNode.nodeValue.includes("\u0347"));
    for (let node = walker.currentNode.parentElement; node !== link.parentElement; node = node.parentElement) {
      if (/clip|hidden/.test(getComputedStyle(node).overflowY)) return true;
    }
    return false;
  });
  assert.ok(clips, "the row's line is clipped");
});

browserTest("where colours are forced, messages have edges, and a note another than a reply", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say("In two colours");
  const dashboard = await (await stage.agent({ forcedColors: "active" })).openConversation("In two colours");
  await dashboard.say("A reply");
  await dashboard.note("A note");
  await dashboard.shows("In two colours", "A reply", "A note");
  const edges = await dashboard.messages.evaluateAll((texts) =>
    texts.map((text) => {
      const { borderTopStyle, borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(text);
      return parseFloat(borderTopWidth) >= 1 && borderTopColor !== backgroundColor && borderTopStyle;
    }),
  );
  assert.deepEqual(edges, ["solid", "solid", "dashed"]);
});

browserTest(
  "a browser that keeps nothing for the dashboard lets people sign in and work",
  async (stage) => {
    const panel = await (await stage.visitor()).openChat();
    await panel.say("To somebody who keeps nothing");
    const context = await stage.context();
    // What Chromium does where site data are blocked: some throw, some reject, some cannot be made.
    await context.addInitScript(() => {
      const denied = () => new DOMException("denied", "SecurityError");
      for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"]) {
        Object.defineProperty(window, name, {
          get() {
            throw denied();
          },
        });
      }
      if (navigator.locks) navigator.locks.request = () => Promise.reject(denied());
      window.BroadcastChannel = class {
        constructor() {
          throw denied();
        }
      };
    });
    const page = await context.newPage();
    await page.goto("/dashboard/");
    await signIn(page, ADMIN.password);
    const dashboard = new Dashboard(page);
    await dashboard.openConversation("To somebody who keeps nothing");
    await dashboard.say("Welcome");
    await panel.shows("To somebody who keeps nothing", "Welcome");
    await dashboard.signOut();
    await page.getByText("You are signed out.").waitFor();
  },
);

browserTest("a first visit logs no fault", async (stage) => {
  const page = await (await stage.context()).newPage();
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto("/dashboard/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.deepEqual(faults, []);
});

browserTest("the appearance is chosen by each for themselves, and kept", async (stage) => {
  const dashboard = await (await stage.agent()).openDashboard();
  const { page } = dashboard;
  const ground = () => page.evaluate(() => getComputedStyle(document.body).colorScheme + getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole("button", { name: /^Your account/ }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await until(async () => (await ground()) !== light, "it is dark");
  const dark = await ground();
  await page.reload();
  await dashboard.inbox.waitFor();
  assert.equal(await ground(), dark);
});

browserTest("a name turns nothing but itself", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say("Who answers?");
  const dashboard = await (await stage.agent()).openConversation("Who answers?");
  await dashboard.say("I do");
  await button(dashboard.page, "Assign to me").click();
  await dashboard.log.getByText("You took this conversation.").waitFor();
  // Each name that stands within words of ours stands alone in an element that isolates it.
  const other = await stage.agent();
  await other.context.route("**/api/v1/auth/refresh", async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    await route.fulfill({ json: { ...body, user: { ...body.user, id: "3f7d2a10-5c4b-4a7e-8d21-6e0f9b1c2d3e" } } });
  });
  const seen = await other.openConversation("I do");
  await seen.log.getByText("took this conversation").waitFor();
  await panel.write("And who else?");
  const typing = await seen.page.getByText(/ is typing…$/).evaluate((line) =>
    [...line.childNodes].map((part) => (part instanceof Text ? part.nodeValue : getComputedStyle(part).unicodeBidi)),
  );
  assert.deepEqual(typing, ["isolate", " is typing…"]);
  // So does what was said, behind its author's name in the list.
  const said = seen.row("I do").locator(".row-preview").getByText("I do", { exact: true });
  assert.equal(await said.evaluate((words) => getComputedStyle(words).unicodeBidi), "isolate");
  const bare = await seen.page.evaluate(() => {
    const found = [];
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { nodeValue, parentElement } = walker.currentNode;
      const isAlone = getComputedStyle(parentElement).unicodeBidi.includes("isolate") && parentElement.textContent === nodeValue;
      const isIsolated = isAlone || nodeValue.includes("\u2068Ada");
      if (/\bAda\b/.test(nodeValue) && !isIsolated) found.push(`${parentElement.className}: ${nodeValue}`);
    }
    return found;
  });
  assert.deepEqual(bare, []);
});

browserTest("words that run the other way keep the edge of the list, and a phone shows every fact whole", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say("مرحبا");
  const dashboard = await (await stage.agent({ viewport: { width: 320, height: 640 } })).openDashboard();
  const row = dashboard.row("مرحبا");
  await row.waitFor();
  for (const [direction, edge] of [["ltr", "left"], ["rtl", "right"]]) {
    await dashboard.page.evaluate((dir) => (document.documentElement.dir = dir), direction);
    const away = await row.evaluate((link, edge) => {
      const range = document.createRange();
      range.selectNodeContents(link.querySelector(".row-preview bdi"));
      return Math.abs(range.getBoundingClientRect()[edge] - link.querySelector(".row-main").getBoundingClientRect()[edge]);
    }, edge);
    assert.ok(away < 2, `${direction}: ${away} px from the edge`);
  }
  await dashboard.page.evaluate(() => (document.documentElement.dir = "ltr"));
  await row.click();
  await dashboard.conversation.getByText("Chat open").waitFor();
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  await dashboard.page.route(/\/api\/v1\/conversations\/[0-9a-f-]+$/, async (route) => {
    const response = await route.fetch();
    await answered;
    await route.fulfill({ response });
  });
  await button(dashboard.page, "Assign to me").click();
  const facts = dashboard.conversation.locator(".fact");
  await facts.filter({ hasText: "Assigned to you" }).waitFor();
  const cut = () =>
    facts.evaluateAll((all) => {
      const { right } = all[0].parentElement.getBoundingClientRect();
      return all.filter((fact) => fact.scrollWidth > fact.clientWidth + 1 || fact.getBoundingClientRect().right > right + 1).map(({ textContent }) => textContent);
    });
  // The room has told of it, and the request is still under way.
  const spinner = dashboard.conversation.locator(".conversation-controls .spinner");
  await spinner.waitFor();
  assert.deepEqual(await cut(), []);
  answer();
  await spinner.waitFor({ state: "detached" });
  assert.deepEqual(await cut(), []);
});

browserTest("a screen one may not use is not shown, and says so when it is addressed", async (stage) => {
  const agent = await stage.agent();
  await agent.context.route("**/api/v1/auth/refresh", async (route) => {
    const body = await (await route.fetch()).json();
    // As an agent's session says it.
    const permissions = body.permissions.filter((name) => !name.startsWith("manage_"));
    await route.fulfill({ json: { ...body, permissions } });
  });
  const { page } = await agent.openDashboard();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "My account", level: 1 }).waitFor();
  assert.equal(await page.getByRole("link", { name: /^Tags/ }).count(), 0);
  await page.goto("/dashboard/#/settings/tags");
  await page.getByRole("heading", { name: "Tags is not open to you" }).waitFor();
  await page.goto("/dashboard/#/nowhere");
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  await page.getByRole("link", { name: "Go to the inbox" }).click();
  await new Dashboard(page).inbox.waitFor();
});

browserTest("visitors who have not said their name have one of words, the same everywhere and for everybody", async (stage) => {
  const talks = [];
  for (const text of ["Nameless, one", "Nameless, two"]) {
    const panel = await (await stage.visitor()).openChat();
    await panel.say(text);
    await panel.shows(text);
    talks.push({ text, panel });
  }
  const [agent, colleague] = [await stage.agent(), await stage.agent()];
  const dashboard = await agent.openDashboard();
  const { page } = dashboard;
  const names = [];
  for (const { text } of talks) names.push(await dashboard.row(text).locator(".row-name").textContent());
  assert.notEqual(names[0], names[1], "the two are told apart");
  for (const name of names) assert.match(name, /^[A-Z][a-z]+ [A-Z][a-z]+$/);

  await dashboard.openConversation(talks[0].text);
  await dashboard.shows(talks[0].text);
  await talks[0].panel.write("more");
  await dashboard.conversation.getByText(`${names[0]} is typing…`, { exact: true }).waitFor();
  await dashboard.conversation.getByRole("heading", { name: names[0], exact: true }).waitFor();
  await page.getByRole("region", { name: `Conversation with ${names[0]}`, exact: true }).waitFor();
  await dashboard.log.getByText(names[0], { exact: true }).waitFor();
  await until(async () => (await page.title()).includes(`${names[0]} · Inbox`), "the tab says who it is");
  const [first, last] = names[0].split(" ").map(([letter]) => letter);
  assert.equal(await dashboard.conversation.locator("header .avatar").textContent(), first + last);

  // What the server calls them is told in one place, for whoever looks for it in an export.
  const told = await page.evaluate(() => {
    const hex = /Visitor [0-9A-F]{4}\b/;
    const attributes = [...document.querySelectorAll("*")].flatMap(({ attributes }) => [...attributes]).filter(({ value }) => hex.test(value));
    return { text: hex.test(document.body.textContent) || hex.test(document.title), attributes: attributes.map(({ name, ownerElement }) => `${ownerElement.localName} ${name}`) };
  });
  assert.deepEqual(told, { text: false, attributes: ["h2 title"] });

  await page.reload();
  await dashboard.conversation.getByRole("heading", { name: names[0], exact: true }).waitFor();
  const seen = await colleague.openConversation(talks[1].text);
  await seen.conversation.getByRole("heading", { name: names[1], exact: true }).waitFor();
});

browserTest("messages look as they were meant, and are copied as they were written", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  const written = "Hello **Ada**, *please* ~~no~~ `npm i`:\n```js\nlet a = 1;\n\n  a += *2*;\n```\n> so **it** was\n\n1. one\n2. https://example.com\n\n<b>no</b> ![no](https://example.com/x.png) 2*3*4";
  await panel.say(written);
  const dashboard = await (await stage.agent()).openDashboard();
  const row = dashboard.row("Hello Ada");
  await row.waitFor();
  assert.ok(!(await row.textContent()).includes("**"), "a list has words, not marks");
  await row.click();
  await dashboard.shows(written);
  const text = dashboard.messages.first();
  for (const [selector, words] of [["strong", "Ada"], ["em", "please"], ["s", "no"], ["code", "npm i"], ["blockquote strong", "it"], ["ol > li:nth-child(2) a", "https://example.com"]]) {
    assert.equal((await wordsSeen(text.locator(selector).first())).trim(), words, selector);
  }
  assert.equal(await wordsSeen(text.locator("pre")), "jslet a = 1;\n\n  a += *2*;");
  assert.match(await text.locator("pre").evaluate((pre) => getComputedStyle(pre).fontFamily), /mono/i);
  assert.equal(await text.locator("b, img, pre em").count(), 0);
  // What is read aloud is what is seen.
  assert.match(await text.ariaSnapshot(), /strong: Ada/);
  assert.doesNotMatch(await text.ariaSnapshot(), /\*\*/);
  const copied = await text.evaluate((element) => {
    getSelection().selectAllChildren(element);
    return new Promise((resolve) => {
      addEventListener("copy", ({ clipboardData }) => resolve(clipboardData.getData("text/plain")), { once: true });
      document.execCommand("copy");
    });
  });
  assert.equal(copied, written);
});

browserTest("long texts are folded, few emoji are large, and no text is trouble", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "🌵🌵");
  const size = (message) => message.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  await dashboard.say("🌵🌵🌵🌵");
  await panel.shows("🌵🌵", "🌵🌵🌵🌵");
  assert.ok((await size(dashboard.messages.nth(0))) > 2 * (await size(dashboard.messages.nth(1))));

  const hostile = ["*".repeat(5_000), "> ".repeat(2_500), "*a _b **c ".repeat(500), `a\n\`\`\`\n${"[(*".repeat(1_500)}`];
  for (const text of hostile) await panel.say(text);
  const all = ["🌵🌵", "🌵🌵🌵🌵", ...hostile.map((text) => text.trim())];
  await dashboard.shows(...all);
  const long = dashboard.log.getByRole("listitem").filter({ hasText: "*****" });
  const height = () => long.locator(".message-text").evaluate((element) => element.clientHeight);
  const folded = await height();
  assert.ok(folded < 260, `${folded} px`);
  await long.getByRole("button", { name: "Show all", expanded: false }).click();
  await until(async () => (await height()) > folded, "all of it is there");
  await long.getByRole("button", { name: "Show less", expanded: true }).click();
  await until(async () => (await height()) === folded, "it is folded again");
  // A link that the focus comes to is in sight.
  await panel.say(`${"word ".repeat(400)}https://example.com/end`);
  const link = dashboard.log.getByRole("link", { name: "https://example.com/end" });
  await link.focus();
  await until(() => link.evaluate((element) => element.getBoundingClientRect().bottom <= element.closest(".message-text").getBoundingClientRect().bottom), "the link is in sight");
});

/** What Ctrl+K opens. */
function palette(page) {
  const dialog = page.getByRole("dialog", { name: "Find and do" });
  const field = dialog.getByRole("combobox", { name: "Find and do" });
  const option = (name) => dialog.getByRole("option", { name });
  return {
    dialog,
    field,
    option,
    /** By keys alone, without waiting for anything to be drawn. */
    async do(words) {
      await page.keyboard.press("Control+k");
      await page.keyboard.type(words);
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "hidden" });
    },
  };
}

browserTest("Ctrl+K finds conversations, screens and what can be done, by keyboard alone", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Find me by name");
  const { page } = dashboard;
  const name = await dashboard.conversation.getByRole("heading", { level: 2 }).textContent();
  const find = palette(page);

  // The focus comes into it, says what it is at, and goes back where it was.
  await dashboard.field.focus();
  await page.keyboard.press("Control+k");
  await find.dialog.waitFor();
  assert.equal(await find.field.evaluate((field) => field === document.activeElement), true);
  const meant = () => find.field.evaluate((field) => document.getElementById(field.getAttribute("aria-activedescendant"))?.textContent);
  const first = await meant();
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await meant(), first);
  await page.keyboard.press("ArrowUp");
  assert.equal(await meant(), first);
  const groups = await find.dialog.getByRole("group").evaluateAll((all) => all.map(({ ariaLabel }) => ariaLabel));
  assert.equal(groups[0], "Open conversation", "what is open comes first");
  for (const { title } of SCREENS) await find.dialog.getByRole("group", { name: "Go to" }).getByRole("option", { name: title }).first().waitFor();
  const { violations } = await new AxeBuilder({ page }).include(".palette").analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), []);
  await page.keyboard.type("zzzz");
  await find.dialog.getByText("Nothing matches.").waitFor();
  await find.dialog.getByRole("status").getByText("0 results").waitFor();
  await page.keyboard.press("Escape");
  await find.dialog.waitFor({ state: "hidden" });
  assert.equal(await dashboard.field.evaluate((field) => field === document.activeElement), true);

  // What is done to the open conversation. What is typed at once is sought, and is no key: E would resolve.
  await find.do("assign");
  await dashboard.log.getByText("You took this conversation.").waitFor();
  await find.do("note");
  await page.keyboard.type("From the list of acts");
  await page.keyboard.press("Enter");
  await dashboard.shows("Find me by name", "From the list of acts");
  await find.do("pending");
  await dashboard.log.getByText("You set this conversation to Pending.").waitFor();
  await find.do("add tag");
  await until(() => page.evaluate(() => document.activeElement?.closest("[aria-label='Tags']") !== null || document.querySelector(".toast") !== null), "the tags are at hand");
  await page.keyboard.press("Escape");
  await find.do("resolve");
  await dashboard.row("From the list of acts").waitFor({ state: "hidden" });

  // From another screen to a conversation, by its name, and on.
  await find.do("tags");
  await page.getByRole("heading", { name: "Tags", level: 1 }).waitFor();
  await find.do(name.toLowerCase().split(" ").reverse().join(" "));
  await dashboard.conversation.getByRole("heading", { name, exact: true }).waitFor();
  await find.do("reopen");
  await until(async () => (await dashboard.status.textContent()).includes("Open"), "it is open again");
  await find.do("dark");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await page.keyboard.press("Control+k");
  await find.option("Appearance: Light").waitFor();
  assert.equal(await find.option("Appearance: Dark").count(), 0, "what holds already is not offered");
  await page.keyboard.press("Control+k");
  await find.dialog.waitFor({ state: "hidden" });
  await panel.say("Still there?");

  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).getByText("Find a conversation, a page, or something to do").waitFor();
});

browserTest("on a phone what Ctrl+K opens is a press away, and fits", async (stage) => {
  const panel = await (await stage.visitor()).openChat();
  await panel.say("Find me on a phone");
  const dashboard = await (await stage.agent({ viewport: { width: 390, height: 500 }, hasTouch: true })).openDashboard();
  const { page } = dashboard;
  await dashboard.row("Find me on a phone").waitFor();
  await button(page, "Find and do").click();
  const find = palette(page);
  const box = await find.dialog.boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.y >= 0 && box.y + box.height <= 500, JSON.stringify(box));
  await find.option(/Find me on a phone/).click();
  await dashboard.shows("Find me on a phone");
});
