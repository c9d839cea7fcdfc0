// What holds for the whole team: the general settings, and how mail stands.

import { ADMIN } from "../harness/server.mjs";
import { browserTest, documentsTest } from "./browser-test.mjs";
import { until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** The admin at a screen of the settings. */
async function at(stage, title) {
  const { page } = await (await stage.agent()).openDashboard();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: new RegExp(`^${title} (?!queue)`) }).click();
  await page.getByRole("heading", { name: title, level: 1 }).waitFor();
  await page.getByRole("button", { name: title === "Mail" ? /^(Enter|Change) address…$/ : "Save" }).waitFor();
  return page;
}

documentsTest("the general settings are changed, and what somebody else has changed meanwhile is theirs", async (stage) => {
  const page = await at(stage, "General");
  const other = await at(stage, "General");
  await page.getByLabel("Name of your company").fill("Fern & Moss");
  await page.getByLabel("Days until a sign-in ends").fill("0");
  await button(page, "Save").click();
  await page.getByText("Enter a number from 1 to 90.").waitFor();
  await until(() => page.evaluate(() => document.activeElement?.getAttribute("name") === "sessionDays"), "the field has the focus");
  await page.getByLabel("Days until a sign-in ends").fill("14");
  await page.getByRole("combobox", { name: "What agents see" }).click();
  await page.getByRole("option", { name: /^What is assigned/ }).click();
  await button(page, "Save").click();
  await page.getByText("The settings are saved.").waitFor();

  await other.getByRole("combobox", { name: "Time zone" }).fill("lisb");
  await other.keyboard.press("Enter");
  await button(other, "Save").click();
  await other.getByText("Somebody has changed the settings meanwhile.").waitFor();
  await button(other, "Save").click();
  await other.getByText("The settings are saved.").waitFor();
  await page.reload();
  await until(async () => (await page.getByLabel("Name of your company").inputValue()) === "Fern & Moss", "the name is theirs");
  await until(async () => (await page.getByRole("combobox", { name: "Time zone" }).inputValue()) === "Europe/Lisbon", "the time zone is the other's");
  await page.getByRole("combobox", { name: "What agents see" }).getByText("What is assigned to them").waitFor();
});

browserTest("settings that cannot be loaded are asked for again", async (stage) => {
  const { page } = await (await stage.agent()).openDashboard();
  await page.route("**/api/v1/settings", (route) => route.abort());
  await page.goto("/dashboard/#/settings/general");
  await page.getByRole("alert").filter({ hasText: "The settings could not be loaded." }).waitFor();
  await page.goto("/dashboard/#/settings/mail");
  await page.getByRole("alert").filter({ hasText: "How mail stands could not be loaded." }).waitFor();
  await page.unroute("**/api/v1/settings");
  await button(page, "Try again").click();
  await button(page, "Enter address…").waitFor();
});

browserTest("what is missing for mail is said, and no test can be sent", async (stage) => {
  const page = await at(stage, "Mail");
  await page.getByText("No mail goes out yet.").waitFor();
  await page.getByText("the variable MAIL_SENDER of the deployment").waitFor();
  await until(async () => (await button(page, "Send a test to me").count()) === 0, "there is no way to send one");
  await button(page, "Enter address…").click();
  await page.getByRole("textbox", { name: "Address that mails come from" }).fill("nobody");
  await button(page, "Save").click();
  await page.getByText("Enter an e-mail address, like ada@example.com.").waitFor();
});

documentsTest(
  "a test mail is sent, and it is seen what became of it",
  async (stage) => {
    const page = await at(stage, "Mail");
    await button(page, "Change address…").click();
    await page.getByRole("textbox", { name: "Address that mails come from" }).fill("hello@fern.example.com");
    await button(page, "Save").click();
    await page.getByText("The address is saved.").waitFor();
    await page.getByText("Mail is set up.").waitFor();
    await button(page, "Send a test to me").click();
    await page.getByText(`A test is on its way to ${ADMIN.email}.`).waitFor();
    const row = page.getByRole("row").filter({ hasText: ADMIN.email });
    await row.filter({ hasText: "Test" }).getByText("Sent", { exact: true }).waitFor();
  },
  { server: { bindings: { MAIL_SENDER: "mailbox" } } },
);
