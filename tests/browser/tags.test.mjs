// Tags: made and looked after by an admin, put on conversations by agents, and never seen by a visitor.

import assert from "node:assert/strict";

import { browserTest, documentsTest } from "./browser-test.mjs";
import { until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** An admin at the tags' screen. */
async function atTags(stage) {
  const dashboard = await (await stage.agent()).openDashboard();
  const { page } = dashboard;
  await page.goto("/dashboard/#/settings/tags");
  await page.getByRole("heading", { name: "Tags", exact: true }).waitFor();
  return { page, dashboard };
}

async function make(page, name, colour = "Red") {
  await button(page, "New tag").first().click();
  const form = page.getByRole("dialog", { name: "New tag" });
  await form.getByLabel("Name").fill(name);
  await form.getByRole("radio", { name: colour }).check({ force: true });
  await button(form, "Make tag").click();
  await form.waitFor({ state: "hidden" });
  await row(page, name).waitFor();
}

const row = (page, name) => page.getByRole("row").filter({ hasText: name });

async function choose(page, name, action) {
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

browserTest("an admin makes a tag, changes it, archives it and takes it back", async (stage) => {
  const { page } = await atTags(stage);
  await make(page, "Refund");

  // What is wrong is said at the field, before and after the server was asked.
  await button(page, "New tag").first().click();
  const form = page.getByRole("dialog", { name: "New tag" });
  await button(form, "Make tag").click();
  await form.getByText("Enter a name.").waitFor();
  await until(() => page.evaluate(() => document.activeElement?.getAttribute("name") === "name"), "the field has the focus");
  await form.getByLabel("Name").fill("refund");
  await button(form, "Make tag").click();
  await form.getByText("There is a tag of this name already.").waitFor();
  await button(form, "Cancel").click();

  await choose(page, "Refund", "Edit");
  const edit = page.getByRole("dialog", { name: "Edit “Refund”" });
  await edit.getByLabel("Name").fill("Money back");
  await edit.getByLabel("What it is for").fill("They want their money");
  await button(edit, "Save").click();
  await row(page, "Money back").getByText("They want their money").waitFor();

  await choose(page, "Money back", "Archive");
  await row(page, "Money back").waitFor({ state: "hidden" });
  await page.getByRole("tab", { name: "Archived" }).click();
  await choose(page, "Money back", "Use again");
  await row(page, "Money back").waitFor({ state: "hidden" });
  await page.getByRole("tab", { name: "In use" }).click();
  await row(page, "Money back").waitFor();

  await choose(page, "Money back", "Delete…");
  await button(page.getByRole("alertdialog"), "Delete").click();
  await row(page, "Money back").waitFor({ state: "hidden" });
});

browserTest("a tag of many words pushes nothing out of its row", async (stage) => {
  const { page } = await atTags(stage);
  await make(page, "W".repeat(50));
  await choose(page, "W".repeat(50), "Edit");
  const form = page.getByRole("dialog");
  await form.getByLabel("What it is for").fill(`${"endless".repeat(60)} ${"and many words ".repeat(35)}`);
  await button(form, "Save").click();
  await row(page, "W".repeat(50)).getByText("and many words").waitFor();
  const wider = await page.locator(".table-scroll").evaluate((table) => table.scrollWidth - table.clientWidth);
  assert.ok(wider <= 0, `the table is ${wider} px wider than its place`);
});

browserTest("a tag that somebody else has changed meanwhile is not written over", async (stage) => {
  const { page } = await atTags(stage);
  await make(page, "Seen by two");
  await choose(page, "Seen by two", "Edit");
  const form = page.getByRole("dialog", { name: "Edit “Seen by two”" });
  const other = await atTags(stage);
  await choose(other.page, "Seen by two", "Edit");
  const theirs = other.page.getByRole("dialog");
  await theirs.getByLabel("What it is for").fill("Theirs");
  await button(theirs, "Save").click();
  await row(other.page, "Seen by two").getByText("Theirs").waitFor();

  await form.getByLabel("What it is for").fill("Mine");
  await button(form, "Save").click();
  await form.getByText("Somebody has changed this tag meanwhile.").waitFor();
  await button(form, "Save").click();
  await row(page, "Seen by two").getByText("Mine").waitFor();
});

documentsTest("tags are put on a conversation by keyboard, filter the list, and are taken off", async (stage) => {
  const { page, dashboard } = await atTags(stage);
  await make(page, "Late delivery");
  await make(page, "Praise", "Green");
  const panel = await (await stage.visitor()).openChat();
  const frames = [];
  panel.page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  await panel.say("Where is my parcel?");
  await panel.shows("Where is my parcel?");

  await page.goto("/dashboard/#/conversations");
  await dashboard.openConversation("Where is my parcel?");
  await dashboard.shows("Where is my parcel?");
  const tags = page.getByRole("group", { name: "Tags" });
  await page.keyboard.press("Escape");
  await page.keyboard.press("l");
  await until(() => page.evaluate(() => document.activeElement?.getAttribute("role") === "combobox"), "the field has the focus");
  await page.keyboard.type("late");
  await page.keyboard.press("Enter");
  await tags.getByText("Late delivery").waitFor();
  await dashboard.log.getByText("You added the tag Late delivery.").waitFor();
  await dashboard.row("Where is my parcel?").getByText("Late delivery").waitFor();
  assert.ok(await tags.getByRole("button", { name: "Add a tag" }).evaluate((one) => one === document.activeElement), "the focus stays");

  const filter = page.getByRole("combobox", { name: "Tag", exact: true });
  await filter.click();
  await page.getByRole("option", { name: "Praise" }).click();
  await dashboard.row("Where is my parcel?").waitFor({ state: "hidden" });
  await page.getByRole("heading", { name: "No such conversations with this tag" }).waitFor();
  await filter.click();
  await page.getByRole("option", { name: "Late delivery" }).click();
  await dashboard.row("Where is my parcel?").waitFor();
  await page.reload();
  await dashboard.row("Where is my parcel?").waitFor();

  await tags.getByRole("button", { name: "Remove the tag Late delivery" }).click();
  await dashboard.log.getByText("You removed the tag Late delivery.").waitFor();
  await tags.getByText("Late delivery").waitFor({ state: "hidden" });
  await dashboard.row("Where is my parcel?").waitFor({ state: "hidden" });

  await panel.say("Still there?");
  await panel.shows("Where is my parcel?", "Still there?");
  assert.ok(frames.length > 0, "the panel's frames were not seen");
  assert.doesNotMatch(frames.join(), /Late delivery|tagged/i);
});

documentsTest("a tag that conversations have is not deleted: it says so, and is merged into another", async (stage) => {
  const { page, dashboard } = await atTags(stage);
  await make(page, "Slow delivery");
  await make(page, "Parcels");
  const panel = await (await stage.visitor()).openChat();
  await panel.say("It is slow");
  await panel.shows("It is slow");
  await page.goto("/dashboard/#/conversations");
  await dashboard.openConversation("It is slow");
  await page.getByRole("button", { name: "Add a tag" }).click();
  await page.keyboard.type("slow");
  await page.keyboard.press("Enter");
  await dashboard.log.getByText("You added the tag Slow delivery.").waitFor();

  // Counts come from what rooms have stored, a few seconds later.
  await until(async () => {
    await page.goto("/dashboard/#/conversations");
    await page.goto("/dashboard/#/settings/tags");
    await row(page, "Slow delivery").waitFor();
    await page.waitForLoadState("networkidle");
    return (await row(page, "Slow delivery").getByRole("link").textContent()) === "1";
  }, "it is counted");
  await choose(page, "Slow delivery", "Delete…");
  const refusal = page.getByRole("dialog", { name: "“Slow delivery” cannot be deleted" });
  await refusal.getByText("1 conversation has it.").waitFor();
  await button(refusal, "Merge…").click();
  const merge = page.getByRole("dialog", { name: "Merge “Slow delivery” into another tag" });
  await merge.getByRole("combobox").fill("parc");
  await page.keyboard.press("Enter");
  await button(merge, "Merge").click();
  await row(page, "Slow delivery").waitFor({ state: "hidden" });
  await until(async () => (await row(page, "Parcels").getByRole("link").textContent()) === "1", "it counts as the other at once");
  await page.getByRole("tab", { name: "Archived" }).click();
  await row(page, "Slow delivery").getByText("Merged into Parcels").waitFor();
});
