// Getting into the dashboard and around in it: set-up, sign-in, sign-out, keyboard, a narrow screen.

import assert from "node:assert/strict";

import { ADMIN, SETUP_TOKEN } from "../harness/server.mjs";
import { browserTest } from "./browser-test.mjs";
import { Dashboard, until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function signIn(page, password) {
  await page.getByLabel("E-mail address").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await button(page, "Sign in").click();
}

browserTest(
  "the first start is a set-up, from a link whose token leaves the address at once",
  async (stage) => {
    const context = await stage.context();
    const page = await context.newPage();
    await page.goto(`/dashboard/#setup=${SETUP_TOKEN}`);
    await page.getByRole("heading", { name: "Set up Voxora" }).waitFor();
    assert.ok(!page.url().includes(SETUP_TOKEN), page.url());
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
    await page.getByLabel("Set-up token").fill("not the token");
    await page.getByLabel("Your name").fill("Eve");
    await page.getByLabel("E-mail address").fill("eve@example.com");
    await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
    await button(page, "Create account").click();
    await page.getByRole("alert").filter({ hasText: /set-up token/i }).waitFor();
  },
  { server: { admin: null } },
);

browserTest("an agent signs in, stays signed in over a reload, and signs out", async (stage) => {
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
  const isOnRow = () =>
    page.evaluate(() => document.activeElement?.textContent?.includes("Answer me without a mouse") && document.activeElement.localName === "a");
  for (let presses = 0; !(await isOnRow()); presses += 1) {
    assert.ok(presses < 50, "j never reaches the conversation");
    await page.keyboard.press("j");
  }
  await page.keyboard.press("Enter");
  await dashboard.conversation.waitFor();
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
  await page.keyboard.press("Escape");
  await dashboard.conversation.waitFor({ state: "hidden" });
});

browserTest("on a phone the list and the conversation are two pages", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.openChat();
  await panel.say("Answer me from a phone");
  const agent = await stage.agent({ viewport: { width: 390, height: 844 } });
  const dashboard = await agent.openDashboard();
  await dashboard.openConversation("Answer me from a phone");
  assert.equal(await dashboard.inbox.isVisible(), false);
  await dashboard.say("From a phone");
  await panel.shows("Answer me from a phone", "From a phone");
  const isTooWide = await dashboard.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(isTooWide, false, "the page scrolls sideways");
  await dashboard.page.getByRole("link", { name: "Back to the list" }).click();
  await dashboard.inbox.waitFor();
  assert.equal(await dashboard.field.isVisible(), false);
});

browserTest("the lists are by status, and each has an address", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.openChat();
  await panel.say("To be resolved");
  const agent = await stage.agent();
  const dashboard = await agent.openConversation("To be resolved");
  const { page } = dashboard;
  await dashboard.setStatus("Resolved");
  await dashboard.row("To be resolved").waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "Resolved", exact: true }).click();
  await dashboard.row("To be resolved").waitFor();
  await page.reload();
  await dashboard.row("To be resolved").waitFor();
});
