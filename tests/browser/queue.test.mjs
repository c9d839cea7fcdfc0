// How queues are worked off: the general queue's policy, and that of a department which is otherwise.

import assert from "node:assert/strict";

import { assertAccessible } from "./accessible.mjs";
import { browserTest, documentsTest } from "./browser-test.mjs";
import { until } from "./stage.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function at(stage, address, title) {
  const { page } = await (await stage.agent()).openDashboard();
  await page.goto(`/dashboard/#/settings/${address}`);
  await page.getByRole("heading", { name: title, level: 1 }).waitFor();
  return page;
}

async function choose(page, label, option) {
  await page.getByRole("combobox", { name: label }).click();
  await page.getByRole("option", { name: option }).click();
}

documentsTest("the general queue is routed, answered in time and resolved in silence", async (stage) => {
  const page = await at(stage, "queue", "General queue");
  await choose(page, "Who is given it", /^Whose turn it is/);
  await choose(page, "Skills", /^Are required/);
  await page.getByLabel("Give back after").fill("soon");
  await page.getByLabel("Urgent: First answer").fill("90 s");
  await page.getByLabel("Normal: First answer").fill("5");
  await page.getByLabel("Normal: Resolved").fill("1 d 12 h");
  await page.getByLabel("Only business hours count").check();
  await page.getByLabel("Resolve it after a while").check();
  await page.getByLabel("What the customer is told before").fill("Are you still there?");
  await page.getByLabel("So long before").fill("3 d");

  // All that does not fit is said at once, where it stands.
  await button(page, "Save").click();
  await page.getByText("Enter a time such as 90 s, 5 min, or 2 h.").waitFor();
  await page.getByText("Enter whole minutes.").waitFor();
  await page.getByText("Enter at least 1 min, and less than until it is resolved.").waitFor();
  await until(
    () => page.evaluate(() => document.activeElement?.getAttribute("name") === "routing/giveBackAfterSeconds"),
    "the first field that does not fit has the focus",
  );
  await assertAccessible(page);
  await page.getByLabel("Give back after").fill("90 s");
  await page.getByLabel("Urgent: First answer").fill("1 min");
  await page.getByLabel("So long before").fill("1 d");
  await button(page, "Save").click();
  await page.getByText("The general queue is saved.").waitFor();

  await page.reload();
  await until(async () => (await page.getByLabel("Give back after").inputValue()) === "1 min 30 s", "it is kept");
  assert.equal(await page.getByLabel("Normal: First answer").inputValue(), "5 min");
  assert.equal(await page.getByLabel("Normal: Resolved").inputValue(), "1 d 12 h");
  assert.equal(await page.getByLabel("What the customer is told before").inputValue(), "Are you still there?");
  await page.getByRole("combobox", { name: "Skills" }).getByText("Are required").waitFor();

  // Back to what it was, because others share this server.
  await choose(page, "Who is given it", /^Nobody/);
  await page.getByLabel("Resolve it after a while").uncheck();
  await button(page, "Save").click();
  await page.getByText("The general queue is saved.").waitFor();
});

documentsTest("a department is worked off otherwise than the general queue, and overflows into another", async (stage) => {
  const page = await at(stage, "departments/new", "New department");
  const make = async (name) => {
    await page.getByLabel("Name", { exact: true }).fill(name);
    await button(page, "Make department").click();
    await page.getByText(`“${name}” is ready.`).waitFor();
  };
  await make("Overflow");
  await page.goto("/dashboard/#/settings/departments/new");
  await page.getByRole("heading", { name: "New department", level: 1 }).waitFor();
  await page.getByLabel("As the general queue").uncheck();
  await page.getByLabel("Move on what waits too long").check();
  await page.getByLabel("Name", { exact: true }).fill("Parcels");
  await button(page, "Make department").click();
  await page.getByText("Choose another department.").waitFor();
  await choose(page, "Into", "Overflow");
  await make("Parcels");

  await page.reload();
  await page.getByRole("combobox", { name: "Into" }).getByText("Overflow").waitFor();
  await page.getByRole("combobox", { name: "Into" }).click();
  assert.equal(await page.getByRole("option", { name: "Parcels" }).count(), 0, "it does not overflow into itself");
  await page.keyboard.press("Escape");
  await page.getByLabel("As the general queue").check();
  await button(page, "Save").click();
  await page.getByText("“Parcels” was changed.").waitFor();
  await page.getByRole("link", { name: "Parcels", exact: true }).click();
  await page.getByLabel("As the general queue").waitFor();
  assert.ok(await page.getByLabel("As the general queue").isChecked());
});

browserTest("a general queue that cannot be loaded is asked for again", async (stage) => {
  const { page } = await (await stage.agent()).openDashboard();
  await page.route("**/api/v1/settings", (route) => route.abort());
  await page.goto("/dashboard/#/settings/queue");
  await page.getByRole("alert").filter({ hasText: "The general queue could not be loaded." }).waitFor();
  await page.unroute("**/api/v1/settings");
  await button(page, "Try again").click();
  await page.getByRole("combobox", { name: "Who is given it" }).waitFor();
});
