// A company's first day, from the set-up to somebody who is let go of: the first admin, a link that is copied, a colleague, a
// visitor, a department, another role, and an account that is closed; each taking effect in a dashboard that is open.

import assert from "node:assert/strict";

import { ADMIN, SETUP_TOKEN } from "../harness/server.mjs";
import { documentsTest } from "./browser-test.mjs";
import { Dashboard } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const row = (page, name) => page.getByRole("row").filter({ hasText: name });
const goTo = (page, address) => page.evaluate((hash) => void (location.hash = hash), address);
const PASSWORD = "seven quiet harbours";
const GRACE = { name: "Grace", email: ADMIN.email, password: ADMIN.password };
async function choose(page, name, action) {
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

async function pick(within, label, option) {
  await within.getByRole("combobox", { name: label }).click();
  await within.getByRole("option", { name: option }).click();
}

documentsTest(
  "a company's first day, from the set-up to an account that is closed",
  async (stage) => {
    // Set-up.
    const grace = await (await stage.context({ permissions: ["clipboard-read", "clipboard-write"] })).newPage();
    await grace.goto(`/dashboard/#setup=${SETUP_TOKEN}`);
    await grace.getByLabel("Your name").fill(GRACE.name);
    await grace.getByLabel("E-mail address").fill(GRACE.email);
    await grace.getByLabel("Password", { exact: true }).fill(GRACE.password);
    await button(grace, "Create account").click();
    await grace.getByRole("heading", { name: "No conversations yet" }).waitFor();
    const steps = grace.getByRole("region", { name: "First steps" });

    // Somebody is invited, without any mail: by a link that is copied.
    await steps.getByRole("link", { name: /^Invite your team/ }).click();
    await button(grace, "Invite").click();
    const form = grace.getByRole("dialog", { name: "Invite somebody" });
    await form.getByLabel("E-mail address").fill("Lin@Example.com");
    await button(form, "Invite").click();
    const shown = grace.getByRole("dialog", { name: "The link for lin@example.com" });
    await shown.getByText("It does not go by mail").waitFor();
    await button(shown, "Copy").click();
    const link = await grace.evaluate(() => navigator.clipboard.readText());
    assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/dashboard\/#invitation=/);
    await button(shown, "Done").click();

    // They accept it, in a browser of their own.
    const lin = await (await stage.context()).newPage();
    await lin.goto(link);
    await lin.getByText("You will sign in as lin@example.com.").waitFor();
    await lin.getByLabel("Your name").fill("Lin");
    await lin.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await button(lin, "Join").click();
    await lin.getByRole("heading", { name: "No conversations for you yet" }).waitFor();
    await grace.reload();
    await row(grace, "Lin").getByText("Agent").waitFor();

    // The first visitor writes; the general queue is everybody's.
    const panel = await (await stage.visitor()).openChat();
    await panel.say("Do you deliver to Ireland?");
    const atLin = new Dashboard(lin);
    await atLin.row("Do you deliver to Ireland?").waitFor();

    // A department with its hours. What is moved there is gone from a dashboard that is open, until whoever is at it belongs there.
    await steps.getByRole("link", { name: /^Set your hours/ }).click();
    await grace.getByRole("link", { name: "New department" }).click();
    await grace.getByLabel("Name", { exact: true }).fill("Sales");
    await grace.getByLabel("Always open").uncheck();
    await button(grace, "Make department").click();
    await grace.getByText("“Sales” is ready.").waitFor();
    await steps.getByText("3 of 4 done").waitFor();
    const department = new URL(grace.url()).hash;
    await goTo(grace, "#/conversations");
    const atGrace = new Dashboard(grace);
    await atGrace.openConversation("Do you deliver to Ireland?");
    await grace.keyboard.press("Control+k");
    await grace.keyboard.type("move to sales");
    await grace.keyboard.press("Enter");
    await atGrace.log.getByText("You moved this conversation to Sales.").waitFor();
    const conversation = new URL(grace.url()).hash;
    await atLin.row("Do you deliver to Ireland?").waitFor({ state: "hidden" });
    await goTo(grace, department);
    await grace.getByRole("combobox", { name: "Add somebody" }).fill("lin");
    await grace.keyboard.press("Enter");
    await grace.getByText("Lin is in Sales from now on.").waitFor();
    await atLin.row("Do you deliver to Ireland?").waitFor();
    await atLin.openConversation("Do you deliver to Ireland?");
    await button(lin, "Assign to me").click();
    await atLin.say("Each Thursday, to Rosslare.");
    await panel.frame.getByText("Each Thursday, to Rosslare.").waitFor();

    // Another role, which opens what is open at theirs.
    await goTo(lin, "#/settings/people");
    await lin.getByRole("heading", { name: "People is not open to you" }).waitFor();
    await goTo(grace, "#/settings/people");
    await choose(grace, "Lin", "Edit…");
    const edit = grace.getByRole("dialog", { name: "Edit Lin" });
    await pick(edit, "Role", /^Admin/);
    await button(edit, "Save").click();
    await row(grace, "Lin").getByText("Admin").waitFor();
    await lin.getByRole("heading", { name: "People", level: 1 }).waitFor();
    await row(lin, "Grace").waitFor();

    // Let go of: what was open closes, they do not come back, and who waits is not left with somebody who cannot answer.
    await goTo(lin, conversation);
    await atLin.conversation.waitFor();
    await stage.stored("Each Thursday, to Rosslare.");
    await choose(grace, "Lin", "Deactivate…");
    const ask = grace.getByRole("alertdialog", { name: "Deactivate Lin?" });
    await ask.getByText("1 open conversation of Lin needs somebody else.").waitFor();
    await button(ask, "Deactivate").click();
    await row(grace, "Lin").getByText("Deactivated").waitFor();
    await lin.getByText("Your session has ended.").waitFor();
    assert.equal(await atLin.conversation.count(), 0);
    await lin.getByLabel("E-mail address").fill("lin@example.com");
    await lin.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await button(lin, "Sign in").click();
    await lin.getByRole("alert").filter({ hasText: /\S/ }).waitFor();

    await goTo(grace, conversation);
    await atGrace.conversation.waitFor();
    await button(grace, "Assign to me").waitFor();
    await atGrace.say("Grace here: Lin has gone home.");
    await panel.frame.getByText("Grace here: Lin has gone home.").waitFor();
  },
  { server: { admin: null } },
);
