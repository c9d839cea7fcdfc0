// Whether axe finds anything on a page, as it is once nothing fades in any more: half-way, every colour is one that nobody chose.

import assert from "node:assert/strict";

import { AxeBuilder } from "@axe-core/playwright";

export async function assertAccessible(page, where) {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter(({ effect }) => effect.getTiming().iterations !== Infinity).map(({ finished }) => finished)));
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("\n  ")}`);
  assert.deepEqual(found, [], where);
}
