// Links that let somebody in: an invitation that is accepted, a password that is reset; their tokens leave the address at
// once, opening them uses nothing up, and what they are for happens when the button is pressed.

import assert from "node:assert/strict";

import { ADMIN } from "../harness/server.mjs";
import { browserTest, documentsTest } from "./browser-test.mjs";
import { Dashboard, until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const PASSWORD = "seven quiet harbours";

/** The API, as the admin asks it. */
async function asAdmin(stage) {
  const { request } = await stage.context();
  const { email, password } = ADMIN;
  const answer = await request.post("/api/v1/auth/login", { data: { email, password } });
  const { accessToken } = await answer.json();
  return async (method, path, data) => {
    const given = await request.fetch(`/api/v1${path}`, { method, data, headers: { authorization: `Bearer ${accessToken}` } });
    assert.ok(given.ok(), await given.text());
    return given.status() === 204 ? undefined : given.json();
  };
}

/** An invitation's link, by which nobody has joined yet. */
async function invited(stage, email, role = "agent") {
  const { link } = await (await asAdmin(stage))("POST", "/invitations", { email, role });
  return link;
}

/** Somebody of the team who is no admin. */
async function member(stage, email) {
  const link = await invited(stage, email);
  const page = await (await stage.context()).newPage();
  await page.goto(link);
  await join(page, "Mo");
  return page;
}

async function join(page, name, password = PASSWORD) {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await button(page, "Join").click();
  await new Dashboard(page).inbox.waitFor();
}

documentsTest("somebody joins by a link: it says whom it is for, and is good once", async (stage) => {
  const link = await invited(stage, "lin@example.com");
  const page = await (await stage.context()).newPage();
  const sent = [];
  page.on("request", (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await page.goto(link);
  await page.getByRole("heading", { name: "Join the team" }).waitFor();
  await page.getByText(`${ADMIN.name} has invited you. You will sign in as lin@example.com.`).waitFor();
  assert.ok(!page.url().includes("invitation"), page.url());
  assert.equal(await page.evaluate(() => JSON.stringify(history.state) + location.hash), "null");
  await page.getByLabel("Your name").waitFor();
  await until(() => page.evaluate(() => document.activeElement?.getAttribute("name") === "name"), "the first field has the focus");

  await button(page, "Join").click();
  for (const words of ["Enter your name.", "Choose a password."]) await page.getByText(words).waitFor();
  await page.getByLabel("Your name").fill("Lin");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByText("at least 10 characters; it has 5").waitFor();
  // What only the server knows stands at the field as well.
  await page.getByLabel("Password", { exact: true }).fill("password123");
  await button(page, "Join").click();
  await page.getByLabel("Password", { exact: true }).and(page.locator("[aria-invalid=true]")).waitFor();
  assert.equal(sent.filter((one) => one.endsWith("/accept")).length, 1, "it was accepted before the button was pressed");

  await join(page, "Lin");
  await page.getByRole("button", { name: "Your account: Lin" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Your account: Lin" }).waitFor();

  // The link is over: for whoever is signed in, and for whoever is not.
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByRole("heading", { name: "This invitation is over" }).waitFor();
  await button(page, "Go on").click();
  await new Dashboard(page).inbox.waitFor();
  const stranger = await (await stage.context()).newPage();
  await stranger.goto(link);
  await button(stranger, "Sign in").click();
  await stranger.getByLabel("E-mail address").waitFor();
});

browserTest("an invitation that is opened where the dashboard is open says who is signed in, and joining makes it another", async (stage) => {
  const link = await invited(stage, "noor@example.com");
  const { page } = await (await stage.agent()).openDashboard();
  // As when it is pasted into the address bar: nothing is loaded again.
  await page.evaluate((hash) => void (location.hash = hash), new URL(link).hash);
  await page.getByText(`${ADMIN.name} is signed in in this browser, and will not be any more when you join.`).waitFor();
  assert.ok(!page.url().includes("invitation"), page.url());
  await join(page, "Noor");
  await page.getByRole("button", { name: "Your account: Noor" }).waitFor();
});

browserTest("an invitation that cannot be looked at says so, and is looked at again", async (stage) => {
  const link = await invited(stage, "ola@example.com");
  const page = await (await stage.context()).newPage();
  await page.route("**/invitations/look", (route) => route.abort());
  await page.goto(link);
  await page.getByRole("alert").filter({ hasText: "Your invitation could not be looked at." }).waitFor();
  await page.unroute("**/invitations/look");
  await button(page, "Try again").click();
  await page.getByLabel("Your name").waitFor();
});

browserTest("without mail, a forgotten password is told what to do", async (stage) => {
  const page = await (await stage.context()).newPage();
  await page.goto("/dashboard/");
  await page.getByLabel("E-mail address").fill("nobody@example.com");
  await button(page, "Forgot your password?").click();
  assert.equal(await page.getByLabel("E-mail address").inputValue(), "nobody@example.com");
  await button(page, "Send link").click();
  await page.getByText("This deployment cannot send mail yet").waitFor();
  await button(page, "Back to sign-in").click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

browserTest(
  "a forgotten password is reset by the link in a mail, which is good once and signs nobody in",
  async (stage) => {
    const email = "mo@example.com";
    const other = await member(stage, email);
    const page = await (await stage.context()).newPage();
    await page.goto("/dashboard/");
    await button(page, "Forgot your password?").click();
    await page.getByLabel("E-mail address").fill(email);
    await button(page, "Send link").click();
    await page.getByText(`If ${email} belongs to an account, a link is on its way.`).waitFor();
    const link = await mailedLink(stage, email, /\S+#reset=[\w.-]+/);

    await page.goto(link);
    await page.getByRole("heading", { name: "Choose another password" }).waitFor();
    assert.ok(!page.url().includes("reset"), page.url());
    await page.getByLabel("New password", { exact: true }).fill("nine loud lighthouses");
    await button(page, "Set password").click();
    await page.getByText("Your password is changed. Sign in with it.").waitFor();
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password", { exact: true }).fill("nine loud lighthouses");
    await button(page, "Sign in").click();
    await new Dashboard(page).inbox.waitFor();
    await other.getByText("Your session has ended.").waitFor();

    await page.goto("about:blank");
    await page.goto(link);
    await page.getByLabel("New password", { exact: true }).fill("ten loud lighthouses");
    await button(page, "Set password").click();
    await page.getByRole("heading", { name: "This link cannot be used" }).waitFor();
  },
  { server: { bindings: { MAIL_SENDER: "mailbox" } } },
);

/** The link in the mail that has come to somebody. */
async function mailedLink(stage, to, pattern) {
  const { request } = await stage.context();
  let link;
  await until(async () => {
    const { items } = await (await request.get("/dev/mail")).json();
    const mail = items.find((one) => JSON.stringify(one).includes(to) && pattern.test(one.text));
    link = mail && pattern.exec(mail.text)[0];
    return link !== undefined;
  }, "the mail has come");
  return link;
}
