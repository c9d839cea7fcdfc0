// The document store is away: people chat on, and the dashboard says what it cannot show.

import assert from "node:assert/strict";

import { documentsTest } from "./browser-test.mjs";
import { Dashboard, until } from "./stage.mjs";

const OUTAGE = { server: { remoteDocuments: true } };

documentsTest(
  "chat goes on during an outage, over a reload of the panel, and all of it is there afterwards",
  async (stage) => {
    const { documents } = stage.server;
    const [visitor, agent] = await Promise.all([stage.visitor(), stage.agent()]);
    const panel = await visitor.openChat();
    await panel.say("Before the outage");
    const dashboard = await agent.openConversation("Before the outage");
    await dashboard.shows("Before the outage");

    await documents.kill9();
    await panel.say("Still there?");
    await dashboard.say("Of course.");
    const all = ["Before the outage", "Still there?", "Of course."];
    await panel.shows(...all);
    await dashboard.shows(...all);
    await panel.page.reload();
    await panel.shows(...all);
    await panel.say("I have reloaded");
    all.push("I have reloaded");
    await dashboard.shows(...all);

    // Someone new writes: the dashboard hears of it all the same, and can answer.
    const newcomer = await (await stage.visitor()).openChat();
    await newcomer.say("I come in the middle of it");
    await dashboard.openConversation("I come in the middle of it");
    await dashboard.say("Welcome");
    await newcomer.shows("I come in the middle of it", "Welcome");

    await documents.restart();
    await dashboard.page.reload();
    await dashboard.shows("I come in the middle of it", "Welcome");
    await dashboard.openConversation("I have reloaded");
    await dashboard.shows(...all);
    await panel.shows(...all);
  },
  OUTAGE,
);

documentsTest(
  "a list that cannot be loaded says so, shows what the feed knows, and is whole once the store is back",
  async (stage) => {
    const { documents } = stage.server;
    const visitor = await stage.visitor();
    const panel = await visitor.openChat();
    await panel.say("Listed by the store");
    const agent = await stage.agent();
    const dashboard = await agent.openDashboard();
    await dashboard.row("Listed by the store").waitFor();

    await documents.kill9();
    const { page, inbox } = dashboard;
    await dashboard.list("All");
    // Not "older ones": the first page itself is missing, and what the feed told of is shown meanwhile.
    await inbox.getByRole("alert").getByText("The conversations could not be loaded.").waitFor();
    await inbox.getByRole("alert").getByText("Those that changed lately are shown.").waitFor();
    await dashboard.row("Listed by the store").waitFor();
    const newcomer = await (await stage.visitor()).openChat();
    await newcomer.say("Told by the feed");
    await dashboard.row("Told by the feed").waitFor();
    assert.equal(await page.getByRole("heading", { name: "No conversations yet" }).count(), 0);

    await documents.restart();
    await inbox.getByRole("button", { name: "Try again" }).click();
    await inbox.getByRole("alert").waitFor({ state: "hidden" });
    const rows = inbox.getByRole("list", { name: "All conversations" }).getByRole("listitem");
    await until(async () => (await rows.count()) === 2, "both are listed, each once");
  },
  OUTAGE,
);

documentsTest(
  "a dashboard that is opened during an outage says so, and opens by itself afterwards",
  async (stage) => {
    const { documents } = stage.server;
    const agent = await stage.agent();
    const { page } = await agent.openDashboard();
    await documents.kill9();
    await page.reload();
    await page.getByRole("heading", { name: "No connection" }).waitFor();
    await page.getByRole("alert").getByText("The server has a problem.").waitFor();
    assert.equal(await page.getByRole("heading", { name: "Sign in" }).count(), 0, "nobody is signed out by it");

    await documents.restart();
    await new Dashboard(page).inbox.waitFor();
  },
  OUTAGE,
);

documentsTest(
  "of a conversation that the store has lost in part the agent is told, and its visitor begins a new one",
  async (stage) => {
    const { documents } = stage.server;
    const [visitor, agent] = await Promise.all([stage.visitor(), stage.agent()]);
    const panel = await visitor.openChat();
    await panel.say("Will this be kept?");
    const dashboard = await agent.openConversation("Will this be kept?");
    await dashboard.say("Of course.");
    await panel.shows("Will this be kept?", "Of course.");
    await panel.page.goto("about:blank");
    const { page } = dashboard;
    await dashboard.setStatus("Closed");
    await page.getByText("This conversation is closed.").waitFor();
    const address = page.url();
    await page.goto("about:blank");

    // The room gives its events away; then the store loses one of them.
    const first = async () => (await documents.act("find", "messages", { limit: 1 })).documents[0] ?? false;
    const { conversationId } = await until(first, "the store has heard of it");
    const events = "SELECT COUNT(*) FROM events";
    await until(async () => (await stage.server.rows("Room", conversationId, events))[0][0] === 1, "it is archived");
    const answered = { filter: { conversationId, seq: { $gt: 1 } } };
    const { document } = await documents.act("findOne", "messages", answered);
    await documents.act("deleteOne", "messages", { filter: { _id: document._id } });

    await page.goto(address);
    await page.getByRole("heading", { name: "Part of this conversation is missing" }).waitFor();
    const back = await visitor.openChat();
    await back.shows();
    await back.say("Then I ask again");
    await back.shows("Then I ask again");

    // Restored, it opens again.
    await documents.act("insertOne", "messages", { document });
    await page.reload();
    await dashboard.shows("Will this be kept?", "Of course.");
  },
  { server: { ...OUTAGE.server, bindings: { ROOM_ARCHIVE_AFTER_SECONDS: "1" } } },
);
