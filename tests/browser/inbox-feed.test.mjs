// The inbox as a team has it: who is there, who looks at what and answers it, whose a conversation is and why, how many
// there are; and that all of it is the same after a reload, and after a cut.

import assert from "node:assert/strict";

import { assertAccessible } from "./accessible.mjs";
import { browserTest } from "./browser-test.mjs";
import { until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const me = (page) => page.getByRole("button", { name: /^Your account/ });
const view = (page, name) => page.getByRole("navigation", { name: "Filter conversations" }).getByRole("link", { name: new RegExp(`^${name}`) });

/** The numbers beside the views. */
const counts = async (page) =>
  Object.fromEntries(
    (await page.getByRole("navigation", { name: "Filter conversations" }).getByRole("link").allTextContents()).map((text) => {
      const [, name, count] = text.match(/^(\D+?)(\d+),/) ?? [];
      return [name, Number(count)];
    }),
  );

const countsAre = (page, expected) => until(async () => assert.deepEqual(await counts(page), expected), "the counts");

/** A visitor who has said something. */
async function says(stage, text) {
  const panel = await (await stage.visitor()).openChat();
  await panel.say(text);
  await panel.shows(text);
  return panel;
}

async function choosePresence(page, name) {
  await me(page).click();
  await page.getByRole("menuitemradio", { name }).click();
}

browserTest("two agents see each other come, look, and reply; one takes over with a key", async (stage) => {
  await says(stage, "Where is my fern?");
  const ada = await (await stage.agent()).openDashboard();
  const grace = await (await stage.member({ name: "Grace" })).openDashboard();
  await ada.openConversation("Where is my fern?");

  // In the list and in the conversation.
  await grace.row("Where is my fern?").getByText(/Ada.? is looking at this too/).waitFor();
  await grace.openConversation("Where is my fern?");
  await grace.conversation.locator("header").getByText(/Ada.? is looking at this too/).waitFor();
  await ada.conversation.locator("header").getByText(/Grace.? is looking at this too/).waitFor();

  // A note is nobody's business.
  await ada.page.getByRole("tab", { name: "Note" }).click();
  await ada.write("She has asked before");
  await ada.page.getByRole("tab", { name: "Reply" }).click();
  await ada.write("Let me see");
  await grace.conversation.locator("header").getByText(/Ada.? is replying/).waitFor();
  await grace.page.getByText(/Ada is answering this/).waitFor();
  await assertAccessible(grace.page);
  await grace.page.keyboard.press("Escape");
  await grace.page.keyboard.press("t");
  await grace.page.getByText(/Ada is answering this/).waitFor({ state: "detached" });
  await grace.log.getByText("You took this conversation.").waitFor();
  await ada.page.getByText(/Grace is answering this/).waitFor();
  await grace.say("It is on the boat.");
  await ada.page.getByText(/Grace is answering this/).waitFor({ state: "detached" });

  await grace.page.keyboard.press("Escape");
  await grace.page.keyboard.press("Escape");
  await ada.conversation.locator("header").getByText(/Grace.? is looking at this too/).waitFor({ state: "detached" });
}, { server: {} });

browserTest("presence is chosen, seen by the other with how much they have, and kept over a reload", async (stage) => {
  await says(stage, "Hello?");
  const ada = await (await stage.agent()).openDashboard();
  const grace = await (await stage.member({ name: "Grace" })).openDashboard();
  await until(async () => (await me(ada.page).getAttribute("aria-label")).endsWith(", online"), "Ada is online");
  await choosePresence(grace.page, "Busy");
  await until(async () => (await me(grace.page).getAttribute("aria-label")).endsWith(", busy"), "Grace is busy");
  await grace.page.reload();
  await until(async () => (await me(grace.page).getAttribute("aria-label")).endsWith(", busy"), "Grace is still busy");

  await ada.openConversation("Hello?");
  const assignee = ada.page.getByRole("combobox", { name: "Assignee" });
  await assignee.click();
  await ada.page.getByRole("option", { name: /^Ada \(you\) ?Online · 0 of 5/ }).waitFor();
  await assertAccessible(ada.page);
  await ada.page.getByRole("option", { name: /^Grace ?Busy · 0 o/ }).click();
  await ada.log.getByText("You assigned this conversation to Grace.").waitFor();
  await until(async () => {
    await assignee.click();
    const has = await ada.page.getByRole("option", { name: /^Grace ?Busy · 1 o/ }).count();
    await ada.page.keyboard.press("Escape");
    return has === 1;
  }, "Grace has one");
  await view(grace.page, "Mine").click();
  await grace.row("Hello?").waitFor();

  await grace.page.keyboard.press("Control+k");
  await grace.page.getByRole("combobox").last().fill("Be online");
  await grace.page.keyboard.press("Enter");
  await until(async () => (await me(grace.page).getAttribute("aria-label")).endsWith(", online"), "Grace is online");
}, { server: {} });

browserTest("views have exact counts, live and after a reload, and after a cut", async (stage) => {
  for (const text of ["One", "Two", "Three"]) await says(stage, text);
  const agent = await stage.agent();
  const ada = await agent.openDashboard();
  const grace = await (await stage.member({ name: "Grace" })).openDashboard();
  await countsAre(ada.page, { Mine: 0, Unassigned: 3, All: 3 });
  await ada.openConversation("Two");
  await button(ada.page, "Assign to me").click();
  await countsAre(ada.page, { Mine: 1, Unassigned: 2, All: 3 });
  await countsAre(grace.page, { Mine: 0, Unassigned: 2, All: 3 });

  await view(grace.page, "Unassigned").click();
  await until(async () => assert.deepEqual(await grace.page.locator(".row-preview").allTextContents(), ["One", "Three"]), "the longest waiting first");

  await agent.goOffline();
  await grace.openConversation("Three");
  await button(grace.page, "Resolve").click();
  await grace.openConversation("One");
  await button(grace.page, "Snooze").click();
  await grace.page.getByRole("menuitem", { name: /^In an hour/ }).click();
  await countsAre(grace.page, { Mine: 0, Unassigned: 0, All: 1 });
  await grace.page.getByRole("heading", { name: "Nobody is waiting" }).waitFor();
  await assertAccessible(grace.page);
  await says(stage, "Four");
  await countsAre(grace.page, { Mine: 0, Unassigned: 1, All: 2 });
  await agent.goOnline();
  await countsAre(ada.page, { Mine: 1, Unassigned: 1, All: 2 });
  await ada.page.reload();
  await countsAre(ada.page, { Mine: 1, Unassigned: 1, All: 2 });

  await ada.page.getByRole("combobox", { name: "Show" }).click();
  await ada.page.getByRole("option", { name: "Snoozed" }).click();
  await countsAre(ada.page, { Mine: 0, Unassigned: 1, All: 1 });
  await ada.openConversation("One");
  await ada.conversation.getByText(/^Snoozed until /).first().waitFor();
}, { server: {} });

browserTest("a conversation is put aside until a time of one's own, made urgent, and taken up again by keyboard", async (stage) => {
  const panel = await says(stage, "No hurry");
  const ada = await (await stage.agent()).openConversation("No hurry");
  const { page } = ada;
  await page.keyboard.press("Escape");
  await page.keyboard.press("p");
  await page.getByRole("option", { name: "Urgent" }).click();
  await ada.log.getByText("You set the priority to Urgent.").waitFor();
  await ada.row("No hurry").getByText("Urgent priority").waitFor({ state: "attached" });

  await ada.conversation.focus();
  await page.keyboard.press("s");
  await page.getByRole("menuitem", { name: "Date and time…" }).click();
  await page.getByLabel(/^Date and time in/).fill("2020-01-01T09:00");
  await page.getByRole("dialog").getByRole("button", { name: "Snooze" }).click();
  await page.getByText("Choose a time that is still to come, within a year.").waitFor();
  await assertAccessible(page);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel(/^Date and time in/).fill(`${tomorrow}T10:15`);
  await page.getByRole("dialog").getByRole("button", { name: "Snooze" }).click();
  await ada.log.getByText(/^You snoozed this conversation until .*10:15/).waitFor();
  await ada.conversation.getByText(/^Snoozed until .*10:15/).waitFor();

  // The visitor writes, and it is open again.
  await panel.say("A little hurry");
  await ada.conversation.getByText(/^Snoozed until/).waitFor({ state: "detached" });
  await until(async () => (await ada.status.textContent()).includes("Open"), "it is open");

  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Take over from whoever is answering").waitFor({ state: "detached" });
  await page.getByRole("dialog").getByText("Assign to somebody").waitFor();
}, { server: {} });

browserTest("whoever touches nothing for five minutes is away, and is back with the first thing they touch", async (stage) => {
  const page = await (await stage.agent()).context.newPage();
  await page.clock.install();
  await page.goto("/dashboard/");
  const is = (presence) => until(async () => (await me(page).getAttribute("aria-label")).endsWith(`, ${presence}`), `Ada is ${presence}`);
  await is("online");
  // In steps that a heartbeat survives.
  for (let step = 0; step < 22; step += 1) {
    await page.clock.fastForward(14_000);
    await page.waitForTimeout(100);
  }
  await is("away");
  await me(page).click();
  await is("online");
}, { server: {} });

browserTest("what the product assigned says why", async (stage) => {
  const agent = await stage.agent();
  const { request } = agent.context;
  const { accessToken } = await (await request.post("/api/v1/auth/refresh")).json();
  const headers = { authorization: `Bearer ${accessToken}` };
  const settings = await (await request.get("/api/v1/settings", { headers })).json();
  const policy = { ...settings.policy, routing: { ...settings.policy.routing, mode: "least_busy" } };
  const answer = await request.patch("/api/v1/settings", { headers: { ...headers, "if-match": `"${settings.version}"` }, data: { policy } });
  assert.ok(answer.ok(), await answer.text());
  const ada = await agent.openDashboard();
  await says(stage, "Who takes this?");
  await countsAre(ada.page, { Mine: 1, Unassigned: 0, All: 1 });
  await ada.openConversation("Who takes this?");
  await ada.log.getByText("This conversation came to you.").waitFor();
  await ada.log.getByText("Why?").click();
  await ada.log.getByText(/had the fewest open conversations/).waitFor();
  await ada.log.getByRole("row", { name: "Ada Online 0 of 5" }).waitFor();
  await assertAccessible(ada.page);
}, { server: {} });
