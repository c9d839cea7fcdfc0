// Roles of a team's own making: made, given, and in force at once where somebody is signed in; and nobody gives what they lack.

import assert from "node:assert/strict";

import { assertAccessible } from "./accessible.mjs";
import { browserTest, documentsTest } from "./browser-test.mjs";
import { Dashboard, until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const row = (page, name) => page.getByRole("row").filter({ hasText: name });

async function pick(within, label, option) {
  await within.getByRole("combobox", { name: label }).click();
  await within.getByRole("option", { name: option }).click();
}

async function choose(page, name, action) {
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

/** Somebody at the roles' screen. */
async function atRoles(agent) {
  const { page } = await agent.openDashboard();
  await page.goto("/dashboard/#/settings/roles");
  await page.getByRole("heading", { name: "Roles", level: 1 }).waitFor();
  return page;
}

documentsTest(
  "a role is made of a preset, given, and in force at once in an open dashboard",
  async (stage) => {
    const panel = await (await stage.visitor()).openChat();
    await panel.say("Do you have cacti?");
    const lin = await (await stage.member({ name: "Lin" })).openConversation("Do you have cacti?");
    await lin.field.waitFor();
    // What is counted is some seconds behind.
    await stage.stored("Do you have cacti?");

    const page = await atRoles(await stage.agent());
    await row(page, "Admin").getByText("Built in").waitFor();
    await row(page, "Agent").getByRole("link", { name: "1 person with the role Agent" }).waitFor();
    await page.getByRole("link", { name: "New role" }).click();
    await pick(page, "Begin with", /^Reader/);
    await button(page, "Make role").click();
    await page.getByText("Enter a name.").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("Auditor");
    const preview = page.getByRole("region", { name: "What this role sees" });
    await preview.getByText("1 of the one conversation that you see").waitFor();
    await preview.getByText("Inbox").waitFor();
    await pick(page, "See conversations", /^Assigned to them/);
    await preview.getByText("0 of the one conversation that you see").waitFor();
    await page.getByLabel("Use the inbox").uncheck();
    await preview.getByText("they have no list of conversations").waitFor();
    await page.getByLabel("Use the inbox").check();
    await pick(page, "See conversations", /^All conversations/);
    await button(page, "Make role").click();
    await page.getByText("“Auditor” is ready.").waitFor();
    await row(page, "Auditor").getByText("All conversations").waitFor();

    await page.goto("/dashboard/#/settings/people");
    await choose(page, "Lin", "Edit…");
    const edit = page.getByRole("dialog", { name: "Edit Lin" });
    await pick(edit, "Role", /^Auditor/);
    await button(edit, "Save").click();
    await row(page, "Lin").getByText("Auditor").waitFor();
    // What is open at Lin's follows by itself: there is nothing to write in any more.
    await lin.page.getByText("You may read this conversation, and not write in it.").waitFor();
    assert.equal(await lin.field.count(), 0);
    assert.equal(await button(lin.page, "Assign to me").count(), 0);

    await page.goto("/dashboard/#/settings/roles");
    await page.getByRole("link", { name: "Auditor", exact: true }).click();
    await pick(page, "Answer visitors", /^All conversations/);
    await button(page, "Save").click();
    await page.getByText("For 1 person it holds in a moment").waitFor();
    await lin.field.waitFor();
    await lin.say("We do.");
    await panel.shows("Do you have cacti?", "We do.");

    await choose(page, "Auditor", "Delete…");
    const used = page.getByRole("dialog", { name: "“Auditor” cannot be deleted" });
    await used.getByText("1 person has this role.").waitFor();
    await used.getByRole("link", { name: "See the people" }).click();
    await row(page, "Lin").waitFor();
    await until(async () => (await page.getByRole("row").count()) === 2, "nobody else is shown");
    await choose(page, "Lin", "Edit…");
    await pick(edit, "Role", /^Agent/);
    await button(edit, "Save").click();
    await row(page, "Lin").waitFor({ state: "hidden" });
    await page.goto("/dashboard/#/settings/roles");
    await choose(page, "Auditor", "Delete…");
    await button(page.getByRole("alertdialog", { name: "Delete “Auditor”?" }), "Delete").click();
    await row(page, "Auditor").waitFor({ state: "hidden" });
  },
  { server: {} },
);

browserTest("nobody gives what they lack, and is told so", async (stage) => {
  const admin = await atRoles(await stage.agent());
  await admin.getByRole("link", { name: "New role" }).click();
  await pick(admin, "Begin with", /^Agent/);
  await admin.getByLabel("Name", { exact: true }).fill("Team lead");
  for (const right of ["See people and roles", "Invite, change and remove people", "Make and change roles"]) await admin.getByLabel(right).check();
  await button(admin, "Make role").click();
  await row(admin, "Team lead").waitFor();
  const id = await admin.getByRole("link", { name: "Team lead", exact: true }).getAttribute("href");

  const page = await atRoles(await stage.member({ name: "Max", role: id.split("/").at(-1) }));
  await page.getByRole("link", { name: "Admin", exact: true }).click();
  await page.getByText("This role is built in").waitFor();
  assert.equal(await page.getByRole("link", { name: "Make one like it" }).count(), 0);
  await page.getByRole("link", { name: "All roles" }).click();
  await page.getByRole("link", { name: "New role" }).click();
  await page.getByRole("combobox", { name: "See conversations" }).click();
  const all = page.getByRole("option", { name: /^All conversations/ });
  await all.getByText("You may not do this yourself, and so cannot give it.").waitFor();
  assert.equal(await all.getAttribute("aria-disabled"), "true");
  await page.keyboard.press("Escape");
  assert.ok(await page.getByLabel("Change general settings and mail").isDisabled());
  // Nor does anybody change whoever may do more.
  await page.goto("/dashboard/#/settings/people");
  await page.getByRole("button", { name: "Actions for Ada" }).click();
  const change = page.getByRole("menuitem", { name: "Edit…" });
  await change.getByText("They may do more than you.").waitFor();
  assert.equal(await change.getAttribute("aria-disabled"), "true");
});

browserTest("who may not use the inbox begins where they may, and is not told of a connection they do not need", async (stage) => {
  const admin = await atRoles(await stage.agent());
  await admin.getByRole("link", { name: "New role" }).click();
  await pick(admin, "Begin with", /^Nothing/);
  await admin.getByLabel("Name", { exact: true }).fill("Personnel");
  await admin.getByLabel("See people and roles").check();
  await button(admin, "Make role").click();
  const id = await admin.getByRole("link", { name: "Personnel", exact: true }).getAttribute("href");

  const { context } = await stage.member({ name: "Pia", role: id.split("/").at(-1) });
  const page = await context.newPage();
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.goto("/dashboard/");
  await page.getByRole("heading", { name: "My account", level: 1 }).waitFor();
  await page.getByRole("link", { name: /^People/ }).click();
  await row(page, "Pia").waitFor();
  assert.equal(await button(page, "Invite").count(), 0);
  await page.getByRole("link", { name: /^Roles/ }).click();
  await row(page, "Personnel").getByText("No conversations").waitFor();
  assert.equal(await page.getByRole("link", { name: "New role" }).count(), 0);
  assert.deepEqual(sockets, []);
  await page.goto("/dashboard/#/conversations");
  await page.getByRole("heading", { name: "Inbox is not open to you" }).waitFor();
});

browserTest("a role that somebody else has changed meanwhile is not written over, nor is a name had twice", async (stage) => {
  const agent = await stage.agent();
  const page = await atRoles(agent);
  await page.getByRole("link", { name: "New role" }).click();
  await page.getByLabel("Name", { exact: true }).fill("agency");
  await button(page, "Make role").click();
  await row(page, "agency").waitFor();
  await page.getByRole("link", { name: "New role" }).click();
  await page.getByLabel("Name", { exact: true }).fill("AGENCY");
  await button(page, "Make role").click();
  await page.getByText("There is a role of this name already.").waitFor();
  await until(() => page.evaluate(() => document.activeElement?.getAttribute("name") === "name"), "the field has the focus");
  await button(page, "Cancel").click();

  await page.getByRole("link", { name: "agency", exact: true }).click();
  await page.getByRole("heading", { name: "agency", level: 1 }).waitFor();
  const other = await atRoles(agent);
  await other.getByRole("link", { name: "agency", exact: true }).click();
  await other.getByLabel("What it is for").fill("Theirs");
  await button(other, "Save").click();
  await row(other, "agency").getByText("Theirs").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Agency of two");
  await button(page, "Save").click();
  await page.getByText("Somebody has changed this role meanwhile.").waitFor();
  await button(page, "Save").click();
  await row(page, "Agency of two").getByText("Theirs").waitFor();
});

browserTest("roles are found by keyboard, and asked for again when they cannot be loaded", async (stage) => {
  const page = await atRoles(await stage.agent());
  await page.getByRole("searchbox", { name: "Search by name or description" }).focus();
  await page.keyboard.type("admin");
  await row(page, "Agent").waitFor({ state: "hidden" });
  await page.keyboard.press("Control+a");
  await page.keyboard.type("zzz");
  await page.getByRole("heading", { name: "No role fits" }).waitFor();
  await button(page, "Show all").click();
  await row(page, "Agent").waitFor();
  await page.route("**/api/v1/roles*", (route) => route.abort());
  await page.reload();
  await page.getByRole("alert").filter({ hasText: "The roles could not be loaded." }).waitFor();
  await page.unroute("**/api/v1/roles*");
  await button(page, "Try again").click();
  await row(page, "Agent").waitFor();
  await page.goto("/dashboard/#/settings/roles/0197a0c0-0000-7000-8000-000000000000");
  await page.getByRole("heading", { name: "There is no such role" }).waitFor();
});

browserTest(
  "role and departments are chosen with an invitation, shown, filtered by, and changed",
  async (stage) => {
    const agent = await stage.agent();
    const { page } = await agent.openDashboard();
    await page.goto("/dashboard/#/settings/departments/new");
    await page.getByLabel("Name", { exact: true }).fill("Support");
    await button(page, "Make department").click();
    await page.getByRole("heading", { name: "Support", level: 1 }).waitFor();
    await page.goto("/dashboard/#/settings/people");
    await button(page, "Invite").click();
    const form = page.getByRole("dialog", { name: "Invite somebody" });
    await form.getByLabel("E-mail address").fill("zoe@example.com");
    await form.getByRole("combobox", { name: /^Departments/ }).fill("supp");
    await page.keyboard.press("Enter");
    await form.getByRole("button", { name: "Take out Support" }).waitFor();
    await button(form, "Invite").click();
    const shown = page.getByRole("dialog", { name: "The link for zoe@example.com" });
    const link = await shown.locator("code").textContent();
    await button(shown, "Done").click();
    await page.getByRole("tab", { name: /Invitations/ }).click();
    await row(page, "zoe@example.com").getByText("Support").waitFor();

    const zoe = await (await stage.context()).newPage();
    await zoe.goto(link);
    await zoe.getByLabel("Your name").fill("Zoë");
    await zoe.getByLabel("Password", { exact: true }).fill("seven quiet harbours");
    await button(zoe, "Join").click();
    await new Dashboard(zoe).inbox.waitFor();

    await page.getByRole("tab", { name: "The team" }).click();
    await row(page, "Zoë").getByText("Support").waitFor();
    await pick(page, "Department", "Support");
    await row(page, "Ada").waitFor({ state: "hidden" });
    await choose(page, "Zoë", "Edit…");
    const edit = page.getByRole("dialog", { name: "Edit Zoë" });
    await edit.getByRole("button", { name: "Take out Support" }).click();
    await until(() => page.evaluate(() => document.activeElement?.getAttribute("role") === "combobox"), "the focus is in the field");
    await button(edit, "Save").click();
    await page.getByRole("heading", { name: "Nobody fits" }).waitFor();
    await button(page, "Show everybody").click();
    await row(page, "Zoë").waitFor();
    await pick(page, "Role", "Admin");
    await row(page, "Zoë").waitFor({ state: "hidden" });
    await row(page, "Ada").waitFor();
  },
  { server: {} },
);

for (const colorScheme of ["light", "dark"]) {
  browserTest(`a role's page is accessible in ${colorScheme} mode, and fits a phone at 400 %`, async (stage) => {
    const { page } = await (await stage.agent({ colorScheme })).openDashboard();
    await page.goto("/dashboard/#/settings/roles/agent");
    await page.getByRole("link", { name: "Make one like it" }).waitFor();
    await assertAccessible(page, "one that is built in");
    await page.getByRole("link", { name: "Make one like it" }).click();
    await button(page, "Make role").click();
    await page.getByText("Enter a name.").waitFor();
    await page.getByText(/that you see/).waitFor();
    for (const viewport of [{ width: 1280, height: 800 }, { width: 320, height: 256 }]) {
      await page.setViewportSize(viewport);
      await assertAccessible(page, `${viewport.width} px wide`);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= viewport.width, "nothing scrolls sideways");
    }
  });
}
