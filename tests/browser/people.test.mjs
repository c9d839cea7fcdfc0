// What an admin does with people: invites them, finds them, changes them, lets them go. How a company begins is in
// `first-day.test.mjs`.

import assert from "node:assert/strict";

import { ADMIN } from "../harness/server.mjs";
import { browserTest, documentsTest } from "./browser-test.mjs";
import { Dashboard, until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const row = (page, name) => page.getByRole("row").filter({ hasText: name });
const PASSWORD = "seven quiet harbours";

async function choose(page, name, action) {
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

async function pick(within, label, option) {
  await within.getByRole("combobox", { name: label }).click();
  await within.getByRole("option", { name: option }).click();
}

/** The admin at the people's screen. */
async function atPeople(stage) {
  const { page } = await (await stage.agent()).openDashboard();
  await page.goto("/dashboard/#/settings/people");
  await page.getByRole("heading", { name: "People", level: 1 }).waitFor();
  return page;
}

/** Invites somebody; gives the link that is shown. */
async function invite(page, email, role) {
  await button(page, "Invite").click();
  const form = page.getByRole("dialog", { name: "Invite somebody" });
  await form.getByLabel("E-mail address").fill(email);
  if (role) await pick(form, "Role", role);
  await button(form, "Invite").click();
  const shown = page.getByRole("dialog", { name: `The link for ${email}` });
  const link = await shown.getByRole("group", { name: "The invitation’s link" }).locator("code").textContent();
  await button(shown, "Done").click();
  await shown.waitFor({ state: "hidden" });
  return link;
}

async function join(stage, link, name) {
  const page = await (await stage.context()).newPage();
  await page.goto(link);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await button(page, "Join").click();
  await new Dashboard(page).inbox.waitFor();
  return page;
}

documentsTest(
  "somebody is let go of and let in again, and is deleted; the last admin stays",
  async (stage) => {
    const page = await atPeople(stage);
    await row(page, ADMIN.email).getByText("You", { exact: true }).waitFor();
    const link = await invite(page, "Lin@Example.com", /^Admin/);
    await page.getByRole("tab", { name: /Invitations/ }).click();
    await row(page, "lin@example.com").getByText("Admin").waitFor();
    const lin = await join(stage, link, "Lin");
    await lin.goto("/dashboard/#/settings/people");
    await row(lin, ADMIN.email).waitFor();
    await page.getByRole("tab", { name: "The team" }).click();

    await choose(page, "Lin", "Deactivate…");
    const ask = page.getByRole("alertdialog", { name: "Deactivate Lin?" });
    await ask.getByText("No open conversation is assigned to Lin.").waitFor();
    await button(ask, "Deactivate").click();
    await row(page, "Lin").getByText("Deactivated").waitFor();
    await lin.getByText("Your session has ended.").waitFor();
    await lin.getByText("an admin may have deactivated your account").waitFor();
    await lin.getByLabel("E-mail address").fill("lin@example.com");
    await lin.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await button(lin, "Sign in").click();
    await lin.getByRole("alert").filter({ hasText: /\S/ }).waitFor();

    await choose(page, "Lin", "Reactivate");
    await row(page, "Lin").getByText("Deactivated").waitFor({ state: "hidden" });
    await button(lin, "Sign in").click();
    await row(lin, ADMIN.email).waitFor();

    await choose(page, "Lin", "Delete…");
    const remove = page.getByRole("alertdialog", { name: "Delete Lin?" });
    await pick(remove, "Their name in conversations", /^Is taken out/);
    await button(remove, "Delete").click();
    await row(page, "Lin").waitFor({ state: "hidden" });
    await until(() => page.evaluate(() => document.activeElement?.localName === "main"), "the focus is where the rows are");
    await lin.getByText("Your session has ended.").waitFor();

    // Ada is the last admin, and stays so.
    await choose(page, "Ada", "Deactivate…");
    const self = page.getByRole("alertdialog", { name: "Deactivate Ada?" });
    await self.getByText("This is you").waitFor();
    await button(self, "Deactivate").click();
    await self.getByText("There would be no admin left who can sign in.").waitFor();
    await button(self, "Cancel").click();
    await choose(page, "Ada", "Edit…");
    const own = page.getByRole("dialog", { name: "Edit Ada" });
    await pick(own, "Role", /^Agent/);
    await button(own, "Save").click();
    await own.getByText("There would be no admin left who can sign in.").waitFor();
  },
  { server: {} },
);

browserTest("an invitation's form says what is wrong, and nobody is invited twice", async (stage) => {
  const page = await atPeople(stage);
  await button(page, "Invite").click();
  const form = page.getByRole("dialog", { name: "Invite somebody" });
  await button(form, "Invite").click();
  await form.getByText("Enter an e-mail address.", { exact: true }).waitFor();
  await until(() => page.evaluate(() => document.activeElement?.getAttribute("name") === "email"), "the field has the focus");
  await form.getByLabel("E-mail address").fill(ADMIN.email.toUpperCase());
  await button(form, "Invite").click();
  await form.getByText("Somebody of this address is in the team, or invited already.").waitFor();
  await button(form, "Cancel").click();
  await until(() => page.evaluate(() => document.activeElement?.textContent === "Invite"), "the focus goes back");
});

browserTest("an invitation is sent again, its link copied, and taken back", async (stage) => {
  const page = await atPeople(stage);
  const first = await invite(page, "pat@example.com", /^Admin/);
  await page.getByRole("tab", { name: /Invitations/ }).click();
  await row(page, "pat@example.com").getByText("Admin").waitFor();

  await choose(page, "pat@example.com", "Copy link…");
  const shown = page.getByRole("dialog", { name: "The link for pat@example.com" });
  assert.equal(await shown.locator("code").textContent(), first);
  await button(shown, "Done").click();

  await choose(page, "pat@example.com", "Send again");
  await shown.getByText("It does not go by mail").waitFor();
  const second = await shown.locator("code").textContent();
  assert.notEqual(second, first);
  await button(shown, "Done").click();
  const stranger = await (await stage.context()).newPage();
  await stranger.goto(first);
  await stranger.getByRole("heading", { name: "This invitation is over" }).waitFor();

  await choose(page, "pat@example.com", "Take back…");
  await button(page.getByRole("alertdialog"), "Take back").click();
  await row(page, "pat@example.com").waitFor({ state: "hidden" });
  await stranger.goto("about:blank");
  await stranger.goto(second);
  await stranger.getByRole("heading", { name: "This invitation is over" }).waitFor();
});

browserTest("whoever has forgotten their password, where no mail comes, gets a link from a colleague", async (stage) => {
  const page = await atPeople(stage);
  await join(stage, await invite(page, "rue@example.com"), "Rue");
  await page.reload();
  await choose(page, "Rue", "Link for a forgotten password…");
  const shown = page.getByRole("dialog", { name: "A new password for Rue" });
  const link = await shown.getByRole("group", { name: "The link for a new password" }).locator("code").textContent();
  await button(shown, "Done").click();
  const own = await (await stage.context()).newPage();
  await own.goto(link);
  await own.getByRole("textbox", { name: "New password" }).fill("nine loud harbours");
  await button(own, "Set password").click();
  await own.getByLabel("E-mail address").fill("rue@example.com");
  await own.getByLabel("Password", { exact: true }).fill("nine loud harbours");
  await button(own, "Sign in").click();
  await new Dashboard(own).inbox.waitFor();
});

browserTest("people are found by name, role and status, by keyboard", async (stage) => {
  const page = await atPeople(stage);
  await join(stage, await invite(page, "zora@example.com"), "Zora Quill");
  const search = page.getByRole("searchbox", { name: "Search by name or address" });
  await search.focus();
  await page.keyboard.type("QUILL");
  await row(page, "Zora Quill").waitFor();
  await row(page, ADMIN.email).waitFor({ state: "hidden" });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.type("ad");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Nobody fits" }).waitFor();
  await button(page, "Show everybody").click();
  await row(page, ADMIN.email).waitFor();
  assert.equal(await search.inputValue(), "");
  await until(() => search.evaluate((one) => one === document.activeElement), "the focus is around where the button was");
});

browserTest("what somebody else has changed meanwhile is not written over", async (stage) => {
  const page = await atPeople(stage);
  await join(stage, await invite(page, "sam@example.com"), "Sam");
  await page.reload();
  const other = await atPeople(stage);
  await choose(page, "Sam", "Edit…");
  await choose(other, "Sam", "Edit…");
  const [mine, theirs] = [page, other].map((one) => one.getByRole("dialog", { name: "Edit Sam" }));
  await theirs.getByLabel("Conversations at once").fill("7");
  await button(theirs, "Save").click();
  await theirs.waitFor({ state: "hidden" });
  await mine.getByLabel("Conversations at once").fill("99");
  await button(mine, "Save").click();
  await mine.getByText("Enter a number from 0 to 50.").waitFor();
  await mine.getByLabel("Conversations at once").fill("9");
  await button(mine, "Save").click();
  await mine.getByText("Somebody has changed this person meanwhile.").waitFor();
  await button(mine, "Save").click();
  await mine.waitFor({ state: "hidden" });
  await row(page, "Sam").getByText("9", { exact: true }).waitFor();
});

browserTest("people who cannot be loaded are asked for again", async (stage) => {
  const { page } = await (await stage.agent()).openDashboard();
  await page.route("**/api/v1/users*", (route) => route.abort());
  await page.goto("/dashboard/#/settings/people");
  await page.getByRole("alert").filter({ hasText: "The people could not be loaded." }).waitFor();
  await page.unroute("**/api/v1/users*");
  await button(page, "Try again").click();
  await row(page, ADMIN.email).waitFor();
});

browserTest("somebody is given skills and hours at which they work", async (stage) => {
  const page = await atPeople(stage);
  await page.evaluate(() => (location.hash = "#/settings/tags"));
  const tag = `Returns ${Date.now()}`;
  await button(page, "New tag").first().click();
  await page.getByLabel("Name", { exact: true }).fill(tag);
  await page.keyboard.press("Enter");
  await row(page, tag).waitFor();
  await page.evaluate(() => (location.hash = "#/settings/people"));
  const edit = async () => {
    await choose(page, "Ada", "Edit…");
    return page.getByRole("dialog", { name: "Edit Ada" });
  };
  let form = await edit();
  await form.getByRole("combobox", { name: "Skills" }).fill(tag);
  await page.keyboard.press("Enter");
  await form.getByRole("list", { name: "Skills" }).getByText(tag).waitFor();
  await form.getByLabel("Works at fixed hours").check();
  await form.getByLabel("Friday, until").fill("08:00");
  await form.getByLabel("Friday, from").fill("08:00");
  await button(form, "Save").click();
  await form.getByText("It ends when it begins.").waitFor();
  await form.getByLabel("Friday, until").fill("13:30");
  await button(form, "Save").click();
  await form.waitFor({ state: "hidden" });
  await page.reload();
  form = await edit();
  await form.getByRole("list", { name: "Skills" }).getByText(tag).waitFor();
  assert.equal(await form.getByLabel("Friday, until").inputValue(), "13:30");
  await form.getByLabel("Works at fixed hours").uncheck();
  await button(form, "Save").click();
  await form.waitFor({ state: "hidden" });
});
