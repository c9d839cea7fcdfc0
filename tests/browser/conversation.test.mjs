// A visitor and an agent hold a conversation, in two real browsers.

import assert from "node:assert/strict";

import { browserTest, documentsTest } from "./browser-test.mjs";
import { inConversation, until } from "./stage.mjs";

documentsTest("a visitor and an agent talk to each other", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Where is my order?");
  await dashboard.say("Let me look.");
  await panel.shows("Where is my order?", "Let me look.");
  await panel.say("Thank you!");
  await dashboard.shows("Where is my order?", "Let me look.", "Thank you!");
  await panel.frame.getByText("Ada is here").waitFor();
  await dashboard.page.getByText("Chat open").waitFor();
});

browserTest("the agent knows whether the visitor has the chat open or is merely on the site", async (stage) => {
  const { visitor, panel, dashboard } = await inConversation(stage, "Hello, presence");
  const reads = (words) => dashboard.conversation.getByText(words, { exact: true }).waitFor();
  await reads("Chat open");
  await panel.launcher.click();
  await reads("On the site");
  await panel.open();
  await reads("Chat open");
  for (const [visibilityState, words] of [["hidden", "On the site"], ["visible", "Chat open"]]) {
    // Playwright's tabs are all in front: what a browser does when another one is.
    await panel.field.evaluate((_, value) => {
      Object.defineProperty(document, "visibilityState", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, visibilityState);
    await reads(words);
  }

  // Another page of the same site, with the chat open there: it is as open as before.
  const second = await visitor.visit();
  await second.shows("Hello, presence");
  await panel.launcher.click();
  await second.open();
  await reads("Chat open");
  await second.page.close();
  await reads("On the site");

  // A new connection says it anew.
  await panel.open();
  await reads("Chat open");
  await panel.page.reload();
  await panel.shows("Hello, presence");
  await reads("Chat open");
  await panel.page.close();
  await reads("Not on the site");
});

browserTest("each sees the other typing, and no longer once the message is there", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Hello, typing");
  await panel.write("I am");
  // By the name that is theirs everywhere.
  const name = await dashboard.conversation.getByRole("heading", { level: 2 }).textContent();
  await dashboard.page.getByText(`${name} is typing…`, { exact: true }).waitFor();
  await panel.say("I am a visitor");
  await dashboard.shows("Hello, typing", "I am a visitor");
  await dashboard.page.getByText(/ is typing…$/).waitFor({ state: "hidden" });

  await dashboard.write("And I");
  await panel.frame.getByText("Ada is typing").waitFor();
  await dashboard.say("And I am an agent");
  await panel.shows("Hello, typing", "I am a visitor", "And I am an agent");
  await panel.frame.getByText("Ada is typing").waitFor({ state: "hidden" });
});

browserTest("each sees what the other has read", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Have you read this?");
  await dashboard.page.bringToFront();
  await panel.log.getByText("Seen").waitFor();
  await dashboard.say("Yes. And you?");
  await panel.page.bringToFront();
  await dashboard.log.getByText("Seen").waitFor();
});

browserTest("both sides come back to the conversation after a reload", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Before the reload");
  await dashboard.say("Still here?");
  await panel.shows("Before the reload", "Still here?");
  await Promise.all([panel.page.reload(), dashboard.page.reload()]);
  // The panel was open, and is open again.
  await panel.shows("Before the reload", "Still here?");
  await dashboard.shows("Before the reload", "Still here?");
  await panel.say("Still here.");
  await dashboard.shows("Before the reload", "Still here?", "Still here.");
});

browserTest("a draft survives a reload on both sides", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Drafts");
  await panel.write("half a question");
  await dashboard.write("half an answer");
  await Promise.all([panel.page.reload(), dashboard.page.reload()]);
  await until(async () => (await panel.field.inputValue()) === "half a question", "the visitor's draft is back");
  await until(async () => (await dashboard.field.inputValue()) === "half an answer", "the agent's draft is back");
});

browserTest("what is written offline arrives once and in order", async (stage) => {
  const { visitor, agent, panel, dashboard } = await inConversation(stage, "Before the tunnel");
  await visitor.goOffline();
  await panel.frame.getByText("You’re offline").waitFor();
  for (const text of ["one", "two", "three"]) await panel.say(text);
  await dashboard.say("Are you there?");
  await visitor.goOnline();
  const all = ["Before the tunnel", "Are you there?", "one", "two", "three"];
  await panel.shows(...all);
  await dashboard.shows(...all);

  await agent.goOffline();
  await dashboard.page.getByText("You are offline.").waitFor();
  for (const text of ["four", "five"]) await dashboard.say(text);
  await panel.say("And you?");
  await agent.goOnline();
  all.push("And you?", "four", "five");
  await dashboard.shows(...all);
  await panel.shows(...all);
});

browserTest("what is written offline survives a reload", async (stage) => {
  const { visitor, panel, dashboard } = await inConversation(stage, "Before the crash");
  // Only the API is gone: the page itself must load again.
  let isReachable = false;
  await visitor.context.route("**/api/**", (route) => (isReachable ? route.continue() : route.abort()));
  await visitor.context.routeWebSocket("**/api/**", (socket) => (isReachable ? socket.connectToServer() : socket.close()));
  await panel.page.reload();
  await panel.ready();
  await panel.say("Written while disconnected");
  await panel.page.reload();
  await until(async () => (await panel.texts()).includes("Written while disconnected"), "the outbox is shown");
  isReachable = true;
  await panel.page.reload();
  await dashboard.shows("Before the crash", "Written while disconnected");
  await panel.shows("Before the crash", "Written while disconnected");
});

browserTest("the first message can be written offline", async (stage) => {
  const [visitor, agent] = await Promise.all([stage.visitor(), stage.agent()]);
  const panel = await visitor.openChat();
  await visitor.goOffline();
  await panel.say("First, and offline");
  await panel.say("Second, and offline");
  await visitor.goOnline();
  const dashboard = await agent.openConversation("Second, and offline");
  await dashboard.shows("First, and offline", "Second, and offline");
  await panel.shows("First, and offline", "Second, and offline");
});

browserTest("two tabs on each side follow each other", async (stage) => {
  const { visitor, agent, panel, dashboard } = await inConversation(stage, "In two tabs");
  const otherPanel = await visitor.openChat();
  const otherDashboard = await agent.openConversation("In two tabs");
  const all = ["In two tabs"];
  for (const [speaker, text] of [
    [panel, "visitor, first tab"],
    [otherPanel, "visitor, second tab"],
    [dashboard, "agent, first tab"],
    [otherDashboard, "agent, second tab"],
  ]) {
    await speaker.say(text);
    all.push(text);
    for (const chat of [panel, otherPanel, dashboard, otherDashboard]) await chat.shows(...all);
  }
});

browserTest("a conversation begun in one tab appears in the other", async (stage) => {
  const visitor = await stage.visitor();
  const one = await visitor.openChat();
  const other = await visitor.openChat();
  await one.say("From the first tab");
  await other.shows("From the first tab");
  await other.say("From the second tab");
  await one.shows("From the first tab", "From the second tab");
});

browserTest("a closed panel counts what is unread, also on the next page", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Tell me later");
  await panel.page.getByRole("button", { name: "Close chat" }).first().click();
  await panel.field.waitFor({ state: "hidden" });
  await dashboard.say("It is later");
  await panel.page.getByRole("button", { name: "Open chat, 1 unread message" }).waitFor();
  await dashboard.say("Much later");
  await panel.page.getByRole("button", { name: "Open chat, 2 unread messages" }).waitFor();

  await panel.page.reload();
  await panel.page.getByRole("button", { name: "Open chat, 2 unread messages" }).waitFor();
  await panel.open();
  await panel.shows("Tell me later", "It is later", "Much later");
  await panel.page.getByRole("button", { name: "Close chat" }).first().click();
  await panel.page.getByRole("button", { name: "Open chat", exact: true }).waitFor();
});

documentsTest("the inbox is live: new conversations come on top, and what is unread is counted", async (stage) => {
  const [agent, one, other] = await Promise.all([stage.agent(), stage.visitor(), stage.visitor()]);
  const dashboard = await agent.openDashboard();
  const [first, second] = await Promise.all([one.openChat(), other.openChat()]);
  await first.say("Live inbox, one");
  await dashboard.row("Live inbox, one").waitFor();
  await second.say("Live inbox, two");
  await until(async () => (await dashboard.inbox.getByRole("link").allTextContents()).some((text) => text.includes("Live inbox, two")));
  await first.say("Live inbox, one more");
  const row = dashboard.row("Live inbox, one more");
  await row.getByText("2 unread").waitFor();
  const rows = await dashboard.inbox.getByRole("list", { name: / conversations$/ }).getByRole("link").allTextContents();
  const place = (text) => rows.findIndex((row) => row.includes(text));
  assert.ok(place("Live inbox, one more") < place("Live inbox, two"), rows.join("\n"));
  await until(async () => /^\(\d+\)/.test(await dashboard.page.title()), "the title counts what is unread");

  await dashboard.openConversation("Live inbox, one more");
  await dashboard.page.bringToFront();
  await row.getByText("unread").waitFor({ state: "hidden" });
});

browserTest("notes are for the team alone", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Is this confidential?");
  const frames = [];
  panel.page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  await panel.page.reload();
  await panel.shows("Is this confidential?");

  await dashboard.note("SECRET-NOTE about the visitor");
  await dashboard.say("It is.");
  await dashboard.shows("Is this confidential?", "SECRET-NOTE about the visitor", "It is.");
  await dashboard.log.getByText("Only your team sees this").first().waitFor();
  await panel.shows("Is this confidential?", "It is.");
  await panel.page.reload();
  await panel.shows("Is this confidential?", "It is.");
  assert.ok(frames.length > 0, "the panel's frames were not seen");
  assert.ok(!frames.join().includes("SECRET"), frames.join("\n"));
  const stored = await panel.log.evaluate(() => JSON.stringify(localStorage));
  assert.ok(stored.includes("voxora.conversation"), stored);
  assert.ok(!stored.includes("SECRET"), stored);
});

browserTest("a visitor edits and takes back a message", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Editable");
  await panel.say("Helo");
  await dashboard.shows("Editable", "Helo");
  const change = () => panel.log.getByRole("button", { name: "Change this message" }).last();
  await change().click();
  await panel.frame.getByRole("menuitem", { name: "Edit" }).click();
  await panel.say("Hello");
  await dashboard.shows("Editable", "Hello");
  await panel.shows("Editable", "Hello");
  await change().click();
  await panel.frame.getByRole("menuitem", { name: "Delete" }).click();
  await panel.frame.getByRole("menuitem", { name: "Delete it" }).click();
  await dashboard.shows("Editable", "Message deleted");
  await panel.shows("Editable", "Message deleted");
});

documentsTest("an agent takes, resolves, closes and reopens a conversation", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "From open to closed");
  const { page } = dashboard;
  await page.getByRole("button", { name: "Assign to me" }).click();
  await dashboard.log.getByText("You took this conversation.").waitFor();
  await dashboard.setStatus("Resolved");
  await dashboard.log.getByText("You resolved this conversation.").waitFor();
  // The visitor writes again, and it is open again.
  await panel.say("One more thing");
  await until(async () => (await dashboard.status.textContent())?.includes("Open"));

  await dashboard.setStatus("Closed");
  await panel.frame.getByText("This conversation has ended.").waitFor();
  await page.getByText("This conversation is closed.").waitFor();
  await page.getByRole("button", { name: "Reopen" }).click();
  await panel.field.waitFor();
  await panel.say("Open again");
  await dashboard.shows("From open to closed", "One more thing", "Open again");
});

browserTest("after a closed conversation a visitor begins another", async (stage) => {
  const { agent, panel, dashboard } = await inConversation(stage, "The first of two");
  await dashboard.setStatus("Closed");
  await panel.frame.getByRole("button", { name: "Start a new one" }).click();
  await panel.say("The second of two");
  await panel.shows("The second of two");
  const other = await agent.openConversation("The second of two");
  await other.shows("The second of two");
  await dashboard.shows("The first of two");
});

documentsTest("a long conversation can be read back to its first message", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Message 1");
  const all = ["Message 1"];
  for (let number = 2; number <= 16; number += 1) {
    await panel.say(`Message ${number}`);
    all.push(`Message ${number}`);
  }
  await dashboard.shows(...all);
  await panel.page.reload();
  await panel.shows(...all);
});

documentsTest(
  "a kill of the server while people type loses nothing and doubles nothing",
  async (stage) => {
    const { panel, dashboard } = await inConversation(stage, "Before the power cut");
    await panel.write("Half a sentence");
    await dashboard.page.getByText(/ is typing…$/).waitFor();
    await stage.server.kill9();

    await panel.frame.getByRole("button", { name: "Try now" }).waitFor();
    await dashboard.page.getByText("Not connected.").waitFor();
    await panel.say("Half a sentence, and the other half");
    await dashboard.say("Written in the dark");
    await stage.server.restart();

    const all = await until(async () => {
      const texts = await panel.texts();
      return texts.length === 3 && (await panel.waiting.count()) === 0 && texts;
    }, "everything has arrived");
    assert.deepEqual([...all].sort(), [
      "Before the power cut",
      "Half a sentence, and the other half",
      "Written in the dark",
    ]);
    await dashboard.shows(...all);
    await panel.say("After the power cut");
    await dashboard.shows(...all, "After the power cut");
  },
  { server: {} },
);
