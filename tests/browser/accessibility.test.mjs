// axe finds nothing serious, in light and in dark, on every screen there is.

import assert from "node:assert/strict";

import { AxeBuilder } from "@axe-core/playwright";

import { browserTest } from "./browser-test.mjs";
import { until } from "./stage.mjs";

/** Waits until nothing fades in any more, in any frame: half-way, every colour is one that nobody chose. */
async function settle(page) {
  for (const frame of page.frames()) {
    await frame.evaluate(async () => {
      const passing = document.getAnimations().filter(({ effect }) => effect.getTiming().iterations !== Infinity);
      await Promise.allSettled(passing.map(({ finished }) => finished));
    });
  }
}

async function assertAccessible(page, where) {
  await settle(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("\n  ")}`);
  assert.deepEqual(found, [], where);
}

for (const colorScheme of ["light", "dark"]) {
  browserTest(`axe finds nothing serious in ${colorScheme} mode, for visitors`, async (stage) => {
    const visitor = await stage.visitor({ colorScheme });
    const panel = await visitor.visit();
    await panel.launcher.waitFor();
    await assertAccessible(panel.page, "the launcher");
    await panel.open();
    await assertAccessible(panel.page, "the empty panel");
    await panel.say(`Accessible in ${colorScheme}, see https://example.com/`);
    await panel.shows(`Accessible in ${colorScheme}, see https://example.com/`);
    await assertAccessible(panel.page, "the conversation");
    const marked = `**Bold**, *italic*, ~~gone~~, \`code\`\n\`\`\`js\n${"a long line of code; ".repeat(9)}\n\`\`\`\n> quoted\n- one\n\n1. two`;
    await panel.say(marked);
    await (await (await stage.agent()).openConversation("Bold, italic")).say(marked);
    await until(async () => (await panel.log.locator("pre").count()) === 2);
    await assertAccessible(panel.page, "messages with marks");
    await panel.log.getByRole("button", { name: "Change this message" }).first().click();
    await assertAccessible(panel.page, "a message's menu");
    await visitor.goOffline();
    await panel.frame.getByText("You’re offline").waitFor();
    await panel.say("Not sent yet");
    await assertAccessible(panel.page, "offline");
  });

  browserTest(`axe finds nothing serious in ${colorScheme} mode, for agents`, async (stage) => {
    const visitor = await stage.visitor();
    const panel = await visitor.openChat();
    await panel.say(`For an agent in ${colorScheme}`);

    const stranger = await (await stage.context({ colorScheme })).newPage();
    await stranger.goto("/dashboard/");
    await stranger.getByRole("button", { name: "Sign in" }).click();
    await assertAccessible(stranger, "signing in");

    const agent = await stage.agent({ colorScheme });
    const dashboard = await agent.openDashboard();
    await dashboard.row(`For an agent in ${colorScheme}`).waitFor();
    await assertAccessible(dashboard.page, "the inbox");
    await dashboard.openConversation(`For an agent in ${colorScheme}`);
    await dashboard.say("Hello");
    await dashboard.note("A note");
    await dashboard.shows(`For an agent in ${colorScheme}`, "Hello", "A note");
    await assertAccessible(dashboard.page, "the conversation");
    await dashboard.page.getByRole("tab", { name: "Note" }).click();
    await assertAccessible(dashboard.page, "writing a note");
    await dashboard.page.getByRole("tab", { name: "Reply" }).click();
    await dashboard.setStatus("Closed");
    await dashboard.page.getByText("This conversation is closed.").waitFor();
    await assertAccessible(dashboard.page, "a closed conversation");
  });

  browserTest(
    `axe finds nothing serious in ${colorScheme} mode, at the first start`,
    async (stage) => {
      const page = await (await stage.context({ colorScheme })).newPage();
      await page.goto("/dashboard/");
      await page.getByRole("button", { name: "Create account" }).click();
      await assertAccessible(page, "set-up");
    },
    { server: { admin: null } },
  );
}
