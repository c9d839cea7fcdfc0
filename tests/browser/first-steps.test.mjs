// What a new team does first: read from what there is, done away with by doing it, put aside by whoever wants to.

import assert from "node:assert/strict";

import { AxeBuilder } from "@axe-core/playwright";

import { ADMIN } from "../harness/server.mjs";
import { browserTest, documentsTest } from "./browser-test.mjs";
import { Dashboard, until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const list = (page) => page.getByRole("region", { name: "First steps" });
const step = (page, name) => list(page).getByRole("listitem").filter({ hasText: name });
const HOURS = { timeZone: "Europe/Berlin", week: { monday: [{ from: "09:00", to: "17:00" }], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] }, holidays: [] };

/** The API, as the admin asks it. */
async function asAdmin(stage, { email, password } = ADMIN) {
  const { request } = await stage.context();
  const { accessToken } = await (await request.post("/api/v1/auth/login", { data: { email, password } })).json();
  return async (method, path, data) => {
    const given = await request.fetch(`/api/v1${path}`, { method, data, headers: { authorization: `Bearer ${accessToken}` } });
    assert.ok(given.ok(), await given.text());
    return given.json();
  };
}

const goTo = (page, address) => page.evaluate((hash) => void (location.hash = hash), address);

documentsTest(
  "a new team's first steps are done by doing them, and gone when all are",
  async (stage) => {
    const { page } = await (await stage.agent()).openDashboard();
    await list(page).getByText("0 of 4 done").waitFor();
    const line = list(page).getByRole("group", { name: "The line for your site" });
    assert.match(await line.textContent(), /<script src="[^"]+\/widget\.js" async><\/script>/);
    await step(page, "Try the mail").getByText("Send yourself a test").waitFor();
    for (const [name, title] of [["Invite your team", "People"], ["Try the mail", "Mail"]]) {
      await step(page, name).getByRole("link").click();
      await page.getByRole("heading", { name: title, level: 1 }).waitFor();
      await list(page).getByText("0 of 4 done").waitFor();
      await page.goBack();
      await list(page).waitFor();
    }

    // Each is seen at once where it is done, though nothing is loaded again.
    await step(page, "Invite your team").getByRole("link").click();
    await button(page, "Invite").click();
    const form = page.getByRole("dialog", { name: "Invite somebody" });
    await form.getByLabel("E-mail address").fill("lin@example.com");
    await button(form, "Invite").click();
    await button(page, "Done").click();
    await list(page).getByText("1 of 4 done").waitFor();
    assert.equal(await step(page, "Invite your team").getByRole("link").count(), 0, "what is done leads nowhere");

    await step(page, "Try the mail").getByRole("link").click();
    await button(page, "Send a test to me").click();
    await list(page).getByText("2 of 4 done").waitFor();

    // Elsewhere, and seen when one comes back.
    const api = await asAdmin(stage);
    await api("POST", "/departments", { name: "Sales", color: "#0b7285", hours: HOURS });
    await goTo(page, "#/conversations");
    await list(page).getByText("3 of 4 done").waitFor();

    const panel = await (await stage.visitor()).openChat();
    await panel.say("Is anybody there?");
    await new Dashboard(page).row("Is anybody there?").waitFor();
    await list(page).waitFor({ state: "hidden" });
    await goTo(page, "#/settings/mail");
    await page.getByText("All first steps are done.").waitFor();
    await list(page).waitFor({ state: "hidden" });

    // Nobody asks for them any more.
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await page.getByRole("heading", { name: "Mail", level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    assert.deepEqual(asked.filter((path) => /users|invitations|departments/.test(path)), []);
  },
  { server: { bindings: { MAIL_SENDER: "mailbox" } } },
);

browserTest(
  "the first steps are put aside in one browser, taken back, and found again",
  async (stage) => {
    const { page } = await (await stage.agent()).openDashboard();
    await step(page, "Try the mail").getByText("No mail goes out yet. Without it you hand links over yourself").waitFor();
    await button(page, "Put aside").click();
    await list(page).waitFor({ state: "hidden" });
    await until(() => page.evaluate(() => document.activeElement?.localName === "main"), "the focus is where they were");
    // The line for one's site is there all the same.
    await page.getByRole("group", { name: "The line for your site" }).waitFor();
    await button(page, "Undo").click();
    await list(page).waitFor();
    await button(page, "Put aside").click();
    await page.reload();
    await page.getByRole("group", { name: "The line for your site" }).waitFor();
    await goTo(page, "#/settings/people");
    await page.getByRole("heading", { name: "People", level: 1 }).waitFor();
    assert.equal(await list(page).count(), 0);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("first steps");
    await page.keyboard.press("Enter");
    await list(page).waitFor();

    const other = await (await stage.agent()).openDashboard();
    await list(other.page).waitFor();
  },
  { server: {} },
);

browserTest(
  "an agent has no first steps, and asks for none",
  async (stage) => {
    const { link } = await (await asAdmin(stage))("POST", "/invitations", { email: "mo@example.com", role: "agent" });
    const page = await (await stage.context()).newPage();
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(link);
    await page.getByLabel("Your name").fill("Mo");
    await page.getByLabel("Password", { exact: true }).fill("seven quiet harbours");
    await button(page, "Join").click();
    await page.getByRole("heading", { name: "No conversations for you yet" }).waitFor();
    await goTo(page, "#/settings");
    await page.getByRole("heading", { name: "My account", level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    assert.equal(await list(page).count(), 0);
    assert.deepEqual(asked.filter((path) => /users|invitations$|mail/.test(path)), []);
  },
  { server: {} },
);

browserTest(
  "the first steps are accessible and fit, wide and narrow, light and dark; what cannot be learnt is left out",
  async (stage) => {
    const { page } = await (await stage.agent()).openDashboard();
    await page.route("**/api/v1/departments*", (route) => route.abort());
    for (const [width, height] of [[1440, 900], [390, 844], [320, 256]]) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        for (const address of ["#/conversations", "#/settings/people", "#/settings"]) {
          await goTo(page, address);
          if (width < 768 && address === "#/settings/people") continue;
          await list(page).getByText("0 of 3 done").waitFor();
          await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
          await page.evaluate(() => Promise.allSettled(document.getAnimations().filter(({ effect }) => effect.getTiming().iterations !== Infinity).map(({ finished }) => finished)));
          const { violations } = await new AxeBuilder({ page }).analyze();
          assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].target}`), [], `${address} ${width} ${colorScheme}`);
          assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `${address} scrolls sideways at ${width}`);
        }
      }
    }
    assert.equal(await step(page, "Set your hours").count(), 0);
  },
  { server: {} },
);
