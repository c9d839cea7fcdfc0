// Departments, as whoever looks after them and whoever is in them has them: made with their hours, with people in them; and
// conversations that are moved, and so are seen by others.

import assert from "node:assert/strict";

import { assertAccessible } from "./accessible.mjs";
import { browserTest, documentsTest } from "./browser-test.mjs";
import { until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const row = (page, name) => page.getByRole("row").filter({ hasText: name });

/** The admin at the departments' screen. */
async function atDepartments(stage) {
  const dashboard = await (await stage.agent()).openDashboard();
  const { page } = dashboard;
  await page.goto("/dashboard/#/settings/departments");
  await page.getByRole("heading", { name: "Departments", level: 1 }).waitFor();
  return { dashboard, page };
}

/** Makes a department that is always open. */
async function make(page, name) {
  await page.getByRole("link", { name: "New department" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await button(page, "Make department").click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await page.getByRole("link", { name: "All departments" }).click();
  await row(page, name).waitFor();
}

async function choose(page, name, action) {
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

const hasFocus = (page, name) =>
  until(() => page.evaluate(() => document.activeElement?.getAttribute("name")).then((found) => found === name), `${name} has the focus`);

documentsTest(
  "a department is made with its hours and its people, and what is moved there is gone for whoever is outside",
  async (stage) => {
    const { page, dashboard } = await atDepartments(stage);
    await page.getByRole("heading", { name: "No departments yet" }).waitFor();
    await page.getByRole("link", { name: "New department" }).click();
    await button(page, "Make department").click();
    await page.getByText("Enter a name.").waitFor();
    await hasFocus(page, "name");
    await page.getByLabel("Name", { exact: true }).fill("Sales");
    await page.getByLabel("Green").check();
    await page.getByLabel("What it is for").fill("Offers and orders of many");

    // All that does not fit is said at once, where it stands.
    await page.getByLabel("Always open").uncheck();
    await page.getByLabel("Monday, from").fill("22:00");
    await page.getByLabel("Monday, until").fill("06:00");
    await page.getByText("next day").waitFor();
    await page.getByLabel("Tuesday, from").fill("05:00");
    await button(page, "Add hours on Wednesday").click();
    await hasFocus(page, "week/wednesday/1/from");
    await page.keyboard.press("Tab");
    await button(page, "Add a holiday").click();
    await hasFocus(page, "holidays/0/date");
    await button(page, "Make department").click();
    await page.getByText("This begins before other hours have ended.").waitFor();
    await page.getByText("Enter a date.").waitFor();
    await hasFocus(page, "week/tuesday/0/from");
    await page.getByLabel("Tuesday, from").fill("06:00");
    await page.getByLabel("Date").fill("2026-12-24");
    await page.getByLabel("What it is called").fill("Christmas Eve");
    await page.getByRole("combobox", { name: "Time zone" }).fill("berl");
    await page.keyboard.press("Enter");
    await button(page, "Make department").click();
    await page.getByText("“Sales” is ready.").waitFor();

    const lin = await (await stage.member({ name: "Lin" })).openDashboard();
    await page.reload();
    await page.getByRole("combobox", { name: "Add somebody" }).fill("lin");
    await page.keyboard.press("Enter");
    await page.getByRole("list", { name: "People" }).getByText("Lin", { exact: true }).waitFor();
    await page.getByText("Lin is in Sales from now on.").waitFor();
    assert.equal(await page.getByLabel("Monday, until").inputValue(), "06:00");
    assert.equal(await page.getByLabel("Wednesday, from").count(), 2);
    await page.getByRole("link", { name: "All departments" }).click();
    await row(page, "Sales").getByText("1 holiday").waitFor();
    await row(page, "Sales").getByRole("link", { name: "1 person in Sales" }).waitFor();

    const bo = await (await stage.member({ name: "Bo" })).openDashboard();
    const panel = await (await stage.visitor()).openChat();
    const frames = [];
    panel.page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
    await panel.say("How much are a hundred ferns?");
    await panel.shows("How much are a hundred ferns?");
    await bo.openConversation("How much are a hundred ferns?");
    await lin.row("How much are a hundred ferns?").waitFor();

    await page.goto("/dashboard/#/conversations");
    await dashboard.openConversation("How much are a hundred ferns?");
    await dashboard.shows("How much are a hundred ferns?");
    const department = page.getByRole("combobox", { name: "Department" }).last();
    await department.getByText("General queue").waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("move to sales");
    await page.keyboard.press("Enter");
    await department.getByText("Sales").waitFor();
    await dashboard.log.getByText("You moved this conversation to Sales.").waitFor();
    // Who is outside is told, and sees it no more; who is in it does.
    await bo.page.getByText("is not open to you any more").waitFor();
    await bo.row("How much are a hundred ferns?").waitFor({ state: "hidden" });
    await bo.page.getByRole("heading", { name: "No conversation is open" }).waitFor();
    await lin.openConversation("How much are a hundred ferns?");
    await lin.say("Let me see.");
    await panel.shows("How much are a hundred ferns?", "Let me see.");

    const id = new URL(page.url()).hash.split("/")[2].split("?")[0];
    await bo.page.goto(`/dashboard/#/conversations/${id}`);
    await bo.page.getByRole("heading", { name: "This conversation is not open to you" }).waitFor();
    await bo.page.getByRole("link", { name: "Back to the list" }).last().click();

    // The list is narrowed to a department, and to the general queue.
    const filter = page.getByRole("combobox", { name: "Department" }).first();
    await filter.click();
    await page.getByRole("option", { name: "General queue" }).click();
    await page.getByRole("heading", { name: "No such conversations in the general queue" }).waitFor();
    await filter.click();
    await page.getByRole("option", { name: "Sales" }).click();
    await dashboard.row("Let me see.").waitFor();

    // Back by keyboard: everybody has it again.
    await page.getByRole("region", { name: /^Conversation with / }).focus();
    await page.keyboard.press("d");
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await dashboard.log.getByText("You moved this conversation to the general queue.").waitFor();
    await bo.row("Let me see.").waitFor();
    assert.ok(frames.length > 0 && frames.every((frame) => !/moved|department|Sales/.test(frame)), "the visitor learns nothing of it");
  },
  { server: {} },
);

documentsTest(
  "a department is archived, used again and deleted, and each act says what will happen",
  async (stage) => {
    const { page } = await atDepartments(stage);
    await make(page, "Billing");
    const [{ id }] = await page.evaluate(async () => {
      const { accessToken } = await (await fetch("/api/v1/auth/refresh", { method: "POST" })).json();
      return (await (await fetch("/api/v1/departments", { headers: { authorization: `Bearer ${accessToken}` } })).json()).items;
    });
    await (await stage.member({ name: "Kim", departments: [id] })).openDashboard();
    await page.reload();
    await choose(page, "Billing", "Delete…");
    const used = page.getByRole("dialog", { name: "“Billing” cannot be deleted" });
    await used.getByText("1 person and 0 conversations are in it.").waitFor();
    await used.getByRole("link", { name: "See the people" }).click();
    await row(page, "Kim").getByText("Billing").waitFor();
    await until(async () => (await page.getByRole("row").count()) === 2, "nobody else is shown");

    await page.goto("/dashboard/#/settings/departments");
    await choose(page, "Billing", "Archive…");
    const ask = page.getByRole("dialog", { name: "Archive “Billing”?" });
    await ask.getByText("1 person and 0 conversations stay in it.").waitFor();
    await button(ask, "Archive").click();
    await row(page, "Billing").waitFor({ state: "hidden" });
    await page.getByRole("tab", { name: "Archived" }).click();
    await choose(page, "Billing", "Edit");
    await page.getByText("This department is archived").waitFor();
    await page.getByRole("list", { name: "People" }).getByText("Kim", { exact: true }).waitFor();
    await button(page, "Take Kim out").click();
    await page.getByText("Nobody is in it yet.").waitFor();
    await page.getByRole("link", { name: "All departments" }).click();
    await page.getByRole("tab", { name: "Archived" }).click();
    await choose(page, "Billing", "Use again");
    await page.getByRole("tab", { name: "In use" }).click();
    await choose(page, "Billing", "Delete…");
    await button(page.getByRole("alertdialog", { name: "Delete “Billing”?" }), "Delete").click();
    await page.getByRole("heading", { name: "No departments yet" }).waitFor();
  },
  { server: {} },
);

browserTest("a department that somebody else has changed meanwhile is not written over", async (stage) => {
  const { page } = await atDepartments(stage);
  await make(page, "Seen by two");
  await make(page, "Taken already");
  await page.getByRole("link", { name: "Seen by two", exact: true }).click();
  await page.getByRole("heading", { name: "Seen by two", level: 1 }).waitFor();
  const other = (await atDepartments(stage)).page;
  await other.getByRole("link", { name: "Seen by two", exact: true }).click();
  await other.getByLabel("What it is for").fill("Theirs");
  await button(other, "Save").click();
  await row(other, "Seen by two").getByText("Theirs").waitFor();

  await page.getByLabel("Name", { exact: true }).fill("TAKEN already");
  await button(page, "Save").click();
  await page.getByText("Somebody has changed this department meanwhile.").waitFor();
  await button(page, "Save").click();
  await page.getByText("There is a department of this name already.").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Seen by both");
  await button(page, "Save").click();
  await row(page, "Seen by both").getByText("Theirs").waitFor();
});

browserTest("departments are found by keyboard, and asked for again when they cannot be loaded", async (stage) => {
  const { page } = await atDepartments(stage);
  await make(page, "Harbour office");
  await make(page, "Greenhouse");
  const search = page.getByRole("searchbox", { name: "Search by name or description" });
  await search.focus();
  await page.keyboard.type("green");
  await row(page, "Harbour office").waitFor({ state: "hidden" });
  await row(page, "Greenhouse").waitFor();
  await search.fill("nothing of the kind");
  await page.getByRole("heading", { name: "No department fits" }).waitFor();
  await button(page, "Show all").click();
  await row(page, "Harbour office").waitFor();
  await until(() => search.evaluate((one) => one === document.activeElement), "the focus is around where the button was");

  await page.getByRole("button", { name: "Actions for Greenhouse" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("a");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Archive “Greenhouse”?" }).waitFor();
  await page.keyboard.press("Escape");
  await until(() => page.evaluate(() => document.activeElement?.ariaLabel === "Actions for Greenhouse"), "the focus is back");

  await page.route("**/api/v1/departments*", (route) => route.abort());
  await page.reload();
  await page.getByRole("alert").filter({ hasText: "The departments could not be loaded." }).waitFor();
  await page.unroute("**/api/v1/departments*");
  await button(page, "Try again").click();
  await row(page, "Greenhouse").waitFor();
  await page.goto("/dashboard/#/settings/departments/0197a0c0-0000-7000-8000-000000000000");
  await page.getByRole("heading", { name: "There is no such department" }).waitFor();
});

for (const colorScheme of ["light", "dark"]) {
  browserTest(`a department's page is accessible in ${colorScheme} mode, and fits a phone at 400 %`, async (stage) => {
    const { page } = await (await stage.agent({ colorScheme })).openDashboard();
    await page.goto("/dashboard/#/settings/departments/new");
    await page.getByLabel("Always open").uncheck();
    await page.getByLabel("Tuesday, from").fill("");
    await button(page, "Add a holiday").click();
    await button(page, "Make department").click();
    await page.getByText("Enter a date.").waitFor();
    await assertAccessible(page, "with what does not fit");
    await page.getByLabel("Always open").check();
    await page.getByLabel("Name", { exact: true }).fill(`Seen in ${colorScheme}`);
    await button(page, "Make department").click();
    await page.getByText("Nobody is in it yet.").waitFor();
    await page.getByLabel("Always open").uncheck();
    for (const viewport of [{ width: 1280, height: 800 }, { width: 320, height: 256 }]) {
      await page.setViewportSize(viewport);
      await assertAccessible(page, `${viewport.width} px wide`);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= viewport.width, "nothing scrolls sideways");
    }
  });
}
