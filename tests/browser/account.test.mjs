// One's own account: the name one has, the password, the address, and where one is signed in.

import assert from "node:assert/strict";

import { ADMIN } from "../harness/server.mjs";
import { browserTest, documentsTest } from "./browser-test.mjs";
import { Dashboard, until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const PASSWORD = "seven quiet harbours";
let people = 0;

/** Somebody new, at their account; tests change what belongs to nobody else. */
async function atAccount(stage) {
  const email = `own-${(people += 1)}@example.com`;
  const admin = (await stage.context()).request;
  const { accessToken } = await (await admin.post("/api/v1/auth/login", { data: ADMIN_LOGIN })).json();
  const invited = await admin.post("/api/v1/invitations", { data: { email, role: "agent" }, headers: { authorization: `Bearer ${accessToken}` } });
  const page = await (await stage.context()).newPage();
  await page.goto((await invited.json()).link);
  await page.getByLabel("Your name").fill("Kim");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await button(page, "Join").click();
  await new Dashboard(page).inbox.waitFor();
  await open(page);
  return { page, email };
}

const ADMIN_LOGIN = { email: ADMIN.email, password: ADMIN.password };

async function open(page) {
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "My account", level: 1 }).waitFor();
  await button(page, "Save").waitFor();
}

async function signIn(page, email, password) {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await button(page, "Sign in").click();
}

/** The same person on another device. */
async function elsewhere(stage, email, password = PASSWORD) {
  const page = await (await stage.context()).newPage();
  await page.goto("/dashboard/");
  await signIn(page, email, password);
  await new Dashboard(page).inbox.waitFor();
  return page;
}

documentsTest("a profile is changed, and the dashboard knows one by the new name at once", async (stage) => {
  const { page } = await atAccount(stage);
  const form = page.getByRole("form", { name: "Profile" });
  await form.getByLabel("Name").fill(" ");
  await button(form, "Save").click();
  await form.getByText("Enter your name.").waitFor();
  await form.getByLabel("Name").fill("Kim Okafor");
  await form.getByRole("combobox", { name: "Language of mails to you" }).click();
  await form.getByRole("option", { name: "German", exact: true }).click();
  await form.getByRole("combobox", { name: "Time zone" }).fill("lisb");
  await page.keyboard.press("Enter");
  await button(form, "Save").click();
  await page.getByText("Your profile is saved.").waitFor();
  await page.getByRole("button", { name: "Your account: Kim Okafor" }).waitFor();
  // Again, and so meant for the version that is there now.
  await form.getByLabel("Name").fill("Kim O.");
  await button(form, "Save").click();
  await page.getByRole("button", { name: "Your account: Kim O." }).waitFor();
  await page.reload();
  assert.equal(await form.getByLabel("Name").inputValue(), "Kim O.");
  assert.equal(await form.getByRole("combobox", { name: "Time zone" }).inputValue(), "Europe/Lisbon");
  await form.getByRole("combobox", { name: "Language of mails to you" }).getByText("German").waitFor();
});

browserTest("another password signs one out everywhere but here", async (stage) => {
  const { page, email } = await atAccount(stage);
  const other = await elsewhere(stage, email);
  const form = page.getByRole("form", { name: "Password" });
  await button(form, "Change password").click();
  for (const words of ["Enter the password you have.", "Choose a password."]) await form.getByText(words).waitFor();
  const [has, wants] = ["Password you have", "New password"].map((label) => form.getByLabel(label, { exact: true }));
  await has.fill("not my password");
  await wants.fill("nine loud lighthouses");
  await button(form, "Change password").click();
  await form.getByText("Is not your password.").waitFor();
  await until(() => has.evaluate((one) => one === document.activeElement), "the field has the focus");
  await has.fill(PASSWORD);
  await button(form, "Change password").click();
  await page.getByText("Your password is changed, and you are signed out everywhere but here.").waitFor();
  assert.equal(await has.inputValue(), "");
  await other.getByText("Your session has ended.").waitFor();
  await signIn(other, email, "nine loud lighthouses");
  await new Dashboard(other).inbox.waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "My account", level: 1 }).waitFor();
});

documentsTest("where one is signed in is seen and ended: one, and all others", async (stage) => {
  const { page, email } = await atAccount(stage);
  const [one, ...others] = [await elsewhere(stage, email), await elsewhere(stage, email), await elsewhere(stage, email)];
  await page.reload();
  const rows = page.getByRole("region", { name: "Your sessions" }).getByRole("row");
  await until(async () => (await rows.count()) === 5, "four sessions and the heading are there");
  await rows.nth(1).getByText("Here", { exact: true }).waitFor();
  assert.equal(await rows.nth(1).getByRole("button").count(), 0, "the one that is here is not ended here");
  await rows.last().getByRole("button", { name: /^End the session of Chrome/ }).click();
  await until(async () => (await rows.count()) === 4, "it is gone");
  // The one used longest ago is the one that signed in first.
  await one.getByText("Your session has ended.").waitFor();

  await button(page, "End all others").click();
  await button(page.getByRole("alertdialog", { name: "End all other sessions?" }), "End all others").click();
  await page.getByText("2 other sessions were ended.").waitFor();
  await until(async () => (await rows.count()) === 2, "only this one is left");
  for (const other of others) await other.getByText("Your session has ended.").waitFor();
  assert.equal(await button(page, "End all others").count(), 0);
});

browserTest("an account that cannot be loaded is asked for again", async (stage) => {
  const { page } = await atAccount(stage);
  await page.route("**/api/v1/auth/{me,sessions}*", (route) => route.abort());
  await page.reload();
  await page.getByRole("alert").filter({ hasText: "Your account could not be loaded." }).waitFor();
  await page.getByRole("alert").filter({ hasText: "Where you are signed in could not be loaded." }).waitFor();
  await page.unroute("**/api/v1/auth/{me,sessions}*");
  await button(page, "Try again").first().click();
  await button(page, "Save").waitFor();
  await button(page, "Try again").click();
  await page.getByText("Here", { exact: true }).waitFor();
});

browserTest("without mail, an address stays what it is, and it is said why", async (stage) => {
  const { page } = await atAccount(stage);
  await button(page, "Change address…").click();
  const form = page.getByRole("dialog", { name: "Change your e-mail address" });
  await form.getByLabel("New e-mail address").fill("kim@elsewhere.example.com");
  await form.getByLabel("Password you have", { exact: true }).fill(PASSWORD);
  await button(form, "Send link").click();
  await form.getByText("This deployment cannot send mail yet").waitFor();
});

browserTest(
  "another address is one's own once its link was opened and confirmed",
  async (stage) => {
    const { page } = await atAccount(stage);
    await button(page, "Change address…").click();
    const form = page.getByRole("dialog", { name: "Change your e-mail address" });
    await form.getByLabel("New e-mail address").fill("kim@elsewhere.example.com");
    await form.getByLabel("Password you have", { exact: true }).fill(PASSWORD);
    await button(form, "Send link").click();
    await page.getByText("A link is on its way to kim@elsewhere.example.com.").waitFor();
    let link;
    await until(async () => {
      const { items } = await (await page.request.get("/dev/mail")).json();
      link = items.map(({ text }) => /\S+#email=\S+/.exec(text)?.[0]).find(Boolean);
      return link !== undefined;
    }, "the mail has come");
    await page.evaluate((hash) => void (location.hash = hash), new URL(link).hash);
    await button(page, "Confirm").click();
    await page.getByText("You sign in as kim@elsewhere.example.com from now on.").first().waitFor();
    assert.ok(!page.url().includes("email"), page.url());
    await elsewhere(stage, "kim@elsewhere.example.com");
  },
  { server: { bindings: { MAIL_SENDER: "mailbox" } } },
);
