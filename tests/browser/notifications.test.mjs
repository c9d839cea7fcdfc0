// What somebody is told of while the dashboard is open: what they have chosen, by one tab of all, and only while they do not
// look; and how it is switched on.

import assert from "node:assert/strict";

import { ADMIN } from "../harness/server.mjs";
import { browserTest } from "./browser-test.mjs";
import { Dashboard, until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const part = (page) => page.getByRole("region", { name: "Notifications" });

/**
 * The browser's own notifications and sound, and besides what of them was asked for; and whether the tab is looked at, which no
 * browser under test lets one decide.
 */
function watched() {
  globalThis.told = [];
  globalThis.heard = 0;
  let isLooked = true;
  globalThis.look = (at) => {
    isLooked = at;
    document.dispatchEvent(new Event("visibilitychange"));
    dispatchEvent(new Event(at ? "focus" : "blur"));
  };
  Object.defineProperty(document, "visibilityState", { get: () => (isLooked ? "visible" : "hidden") });
  document.hasFocus = () => isLooked;
  const Real = globalThis.Notification;
  globalThis.Notification = class extends Real {
    constructor(title, options) {
      super(title, options);
      this.title_ = title;
      globalThis.told.push({ title, body: options.body, silent: options.silent, notification: this });
    }
    close() {
      globalThis.told = globalThis.told.filter(({ notification }) => notification !== this);
      super.close();
    }
  };
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...at) {
    // Two notes make the sound.
    globalThis.heard += 0.5;
    return start.apply(this, at);
  };
}

const told = (page) => page.evaluate(() => globalThis.told.map(({ title, body }) => `${title}: ${body}`));
const heard = (page) => page.evaluate(() => globalThis.heard);
const look = (page, at) => page.evaluate((at) => globalThis.look(at), at);

/** An agent whose browser shows notifications, or has not been asked. */
async function agent(stage, { permissions = ["notifications"] } = {}) {
  const one = await stage.agent({ permissions });
  await one.context.addInitScript(watched);
  return one;
}

/** Has the admin choose; what they are told of is the account's, and the account is shared by these tests. */
async function choose(page, words) {
  await page.evaluate(() => void (location.hash = "#/settings/account"));
  const about = part(page).getByRole("combobox", { name: "Tell me of new messages in" });
  await about.waitFor();
  if ((await about.textContent()) !== words) {
    await about.click();
    await part(page).getByRole("option", { name: words }).click();
    await about.getByText(words).waitFor();
  }
  await page.evaluate(() => void (location.hash = "#/conversations"));
}

async function setSound(page, on) {
  await page.evaluate(() => void (location.hash = "#/settings/account"));
  const sound = part(page).getByRole("switch", { name: "With a sound" });
  await sound.waitFor();
  if ((await sound.isChecked()) !== on) await part(page).getByText("With a sound").click();
  await until(async () => (await sound.isChecked()) === on, "the sound is so");
  await page.evaluate(() => void (location.hash = "#/conversations"));
}

const server = {};

browserTest(
  "whoever does not look is told of a message, opens it by a press, and what was told goes when they look",
  async (stage) => {
    const { page } = await (await agent(stage)).openDashboard();
    await choose(page, "All conversations");
    const panel = await (await stage.visitor()).openChat();
    await panel.say("**Hello** there");
    const dashboard = new Dashboard(page);
    await dashboard.row("Hello there").waitFor();
    // It was in front of them: heard, and not shown.
    await until(async () => (await heard(page)) === 1, "it is heard");
    assert.deepEqual(await told(page), []);

    await look(page, false);
    await panel.say("Is my *fern* on the boat?");
    await until(async () => (await told(page)).length === 1, "it is told");
    assert.match((await told(page))[0], /^\S+ \S+: Is my fern on the boat\?$/);
    assert.equal(await page.evaluate(() => globalThis.told[0].silent), true, "the sound is our own");
    await until(async () => (await heard(page)) === 2, "and heard");

    await page.evaluate(() => globalThis.told[0].notification.onclick());
    await dashboard.conversation.waitFor();
    assert.deepEqual(await told(page), []);

    // What is open and looked at is neither shown nor heard; what is open and not looked at is.
    await look(page, true);
    await panel.say("Order 1042");
    await dashboard.log.getByText("Order 1042").waitFor();
    await look(page, false);
    await panel.say("Still there?");
    await until(async () => (await told(page)).length === 1, "it is told");
    assert.equal(await heard(page), 3, "what was read was not heard");
    await look(page, true);
    await until(async () => (await told(page)).length === 0, "it goes when they look");
  },
  { server },
);

browserTest(
  "only what one has chosen is told of, and choices hold at once, also after a reload",
  async (stage) => {
    const one = await agent(stage);
    const { page } = await one.openDashboard();
    await choose(page, "My conversations");
    await setSound(page, false);
    const panel = await (await stage.visitor()).openChat();
    await panel.say("Nobody has me");
    const dashboard = new Dashboard(page);
    await dashboard.row("Nobody has me").waitFor();
    await look(page, false);
    await panel.say("And still nobody");
    await dashboard.row("And still nobody").waitFor();
    await look(page, true);
    await dashboard.openConversation("And still nobody");
    await page.getByRole("button", { name: "Assign to me" }).click();
    await page.getByRole("button", { name: "Unassign" }).waitFor();
    await look(page, false);
    await panel.say("Now you do");
    await until(async () => (await told(page)).length === 1, "it is told");
    assert.match((await told(page))[0], /Now you do$/);
    assert.equal(await heard(page), 0);

    await look(page, true);
    await page.evaluate(() => void (location.hash = "#/settings/account"));
    await part(page).getByRole("combobox").click();
    await part(page).getByRole("option", { name: /^None/ }).click();
    await part(page).getByRole("switch").waitFor({ state: "hidden" });
    await page.reload();
    await part(page).getByRole("combobox").getByText("None").waitFor();
    await look(page, false);
    await panel.say("Not any more");
    await until(() => page.evaluate(() => document.title.startsWith("(1)")), "it has come");
    await page.waitForTimeout(500);
    assert.deepEqual(await told(page), []);
  },
  { server },
);

browserTest(
  "of two tabs one speaks, and neither shows what is looked at in the other; when it is closed the other one does",
  async (stage) => {
    const one = await agent(stage);
    const { page } = await one.openDashboard();
    await choose(page, "All conversations");
    await setSound(page, true);
    const second = (await one.openDashboard()).page;
    await second.getByRole("heading", { name: "No conversations yet" }).waitFor();
    await look(page, false);
    const panel = await (await stage.visitor()).openChat();
    await panel.say("First");
    await new Dashboard(second).row("First").waitFor();
    await until(async () => (await heard(page)) === 1, "the first tab is heard");
    assert.deepEqual([await told(page), await told(second), await heard(second)], [[], [], 0]);

    await new Dashboard(second).openConversation("First");
    await panel.say("Second");
    await new Dashboard(second).log.getByText("Second").waitFor();
    await page.waitForTimeout(500);
    assert.deepEqual([await told(page), await heard(page)], [[], 1], "what is read in the other tab is not spoken of");

    await look(second, false);
    await panel.say("Third");
    await until(async () => (await told(page)).length === 1, "it is told");
    assert.deepEqual(await told(second), []);

    await page.close();
    // Somebody must have used a tab for it to be heard.
    await panel.say("Fourth");
    await until(async () => (await told(second)).length === 1, "the other one tells");
  },
  { server: {} },
);

browserTest(
  "the browser is asked by the press that switches notifications on, and never before; what it says is said",
  async (stage) => {
    const one = await agent(stage, { permissions: [] });
    await one.context.addInitScript(() => {
      globalThis.asked = 0;
      let permission = "default";
      Object.defineProperty(Notification, "permission", { get: () => permission });
      Notification.requestPermission = async () => {
        globalThis.asked += 1;
        return (permission = globalThis.answer ?? "granted");
      };
    });
    const { page } = await one.openDashboard();
    await choose(page, "All conversations");
    await page.evaluate(() => void (location.hash = "#/settings/account"));
    await part(page).getByText("Not shown yet: this browser asks you first.").waitFor();
    assert.equal(await page.evaluate(() => globalThis.asked), 0);
    await button(part(page), "Switch on").click();
    await part(page).getByText("Shown while you are not looking at the dashboard.").waitFor();
    assert.deepEqual(await told(page), ["Voxora: This is how new messages are told."]);
    assert.equal(await page.evaluate(() => globalThis.asked), 1);

    await page.reload();
    await page.evaluate(() => (globalThis.answer = "denied"));
    await button(part(page), "Switch on").click();
    await part(page).getByText("Not shown: this browser was told not to.").waitFor();
    assert.equal(await part(page).getByRole("button", { name: /Switch on|Show one/ }).count(), 0);
  },
  { server: {} },
);

browserTest(
  "a sound is tried by a press; a choice that could not be saved is not shown as one",
  async (stage) => {
    const { page } = await (await agent(stage)).openDashboard();
    await page.evaluate(() => void (location.hash = "#/settings/account"));
    await button(part(page), "Play it").click();
    await until(async () => (await heard(page)) === 1, "it is heard");
    await page.route("**/api/v1/auth/me", (route) => (route.request().method() === "PATCH" ? route.abort() : route.continue()));
    await part(page).getByText("With a sound").click();
    await page.getByRole("alert").filter({ hasText: "Your choice was not saved." }).waitFor();
    assert.equal(await part(page).getByRole("switch").isChecked(), true);
    await page.unroute("**/api/v1/auth/me");
    // Changed elsewhere meanwhile: this choice holds all the same, and so does the other.
    const { accessToken } = await (await page.request.post("/api/v1/auth/login", { data: { email: ADMIN.email, password: ADMIN.password } })).json();
    const changed = await page.request.patch("/api/v1/auth/me", { data: { timeZone: "Europe/Lisbon" }, headers: { authorization: `Bearer ${accessToken}` } });
    assert.ok(changed.ok(), await changed.text());
    await part(page).getByText("With a sound").click();
    await until(async () => !(await part(page).getByRole("switch").isChecked()), "it is off");
    await page.reload();
    assert.equal(await part(page).getByRole("switch").isChecked(), false);
    assert.equal(await page.getByRole("combobox", { name: "Time zone" }).inputValue(), "Europe/Lisbon");
  },
  { server: {} },
);
