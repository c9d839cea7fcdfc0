// What the widget costs a page that embeds it, and that it can be embedded by a site of another origin.

import assert from "node:assert/strict";

import { browserTest } from "./browser-test.mjs";
import { Panel, until } from "./stage.mjs";

/** Notes what a page asks our server for. */
function watch(page, origin) {
  const seen = { requests: [], sockets: [] };
  page.on("request", (request) => {
    if (request.url().startsWith(origin)) seen.requests.push(new URL(request.url()).pathname);
  });
  page.on("websocket", (socket) => seen.sockets.push(socket.url()));
  return seen;
}

browserTest("before it is wanted the widget costs a page one request, no iframe and no socket", async (stage) => {
  const context = await stage.context();
  const page = await context.newPage();
  const seen = watch(page, stage.server.origin);
  await page.goto((await stage.shop()).address);
  await page.getByRole("button", { name: "Open chat" }).waitFor();
  await page.waitForLoadState("networkidle");
  assert.deepEqual(seen.requests, ["/widget.js"]);
  assert.deepEqual(seen.sockets, []);
  assert.equal(await page.locator("iframe").count(), 0);
  assert.deepEqual(await context.cookies(), []);
  assert.deepEqual((await context.storageState()).origins, []);
});

browserTest("a panel that is open but unused opens no socket and makes no visitor", async (stage) => {
  const visitor = await stage.visitor();
  const page = await visitor.context.newPage();
  const seen = watch(page, stage.server.origin);
  await page.goto(visitor.shop.address);
  const panel = new Panel(page);
  await panel.open();
  await page.waitForLoadState("networkidle");
  assert.deepEqual(seen.sockets, []);
  assert.ok(!seen.requests.some((path) => path.startsWith("/api/")), seen.requests.join());
});

browserTest("the chat works on a site with a policy of its own", async (stage) => {
  const { origin } = stage.server;
  const policy = `default-src 'none'; script-src ${origin}; frame-src ${origin}; require-trusted-types-for 'script'`;
  const [visitor, agent] = [await stage.visitor(), await stage.agent()];
  const panel = await visitor.openChat(visitor.shop.put({ headers: { "content-security-policy": policy } }));
  await panel.say("From another site");
  const dashboard = await agent.openConversation("From another site");
  await dashboard.say("Welcome");
  await panel.shows("From another site", "Welcome");
  await panel.page.reload();
  await panel.shows("From another site", "Welcome");
});

browserTest("nothing can be typed before the panel's script has come to keep it", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.visit();
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await visitor.context.route("**/panel/panel.js", async (route) => {
    await released;
    await route.continue();
  });
  await panel.page.getByRole("button", { name: "Open chat" }).click();
  await panel.field.waitFor();
  assert.equal(await panel.field.isEnabled(), false);
  release();
  await panel.say("Typed on a slow line");
  await panel.shows("Typed on a slow line");
});

browserTest("including the script twice is harmless", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.visit();
  await panel.launcher.waitFor();
  await panel.page.addScriptTag({ url: `${stage.server.origin}/widget.js?again` });
  assert.equal(await panel.page.getByRole("button", { name: "Open chat" }).count(), 1);
});

browserTest("static files come with a strict policy and are not sniffed", async (stage) => {
  const { origin } = stage.server;
  for (const path of ["/demo/", "/panel/", "/dashboard/"]) {
    const answer = await fetch(origin + path);
    assert.equal(answer.status, 200, path);
    const policy = answer.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'/, path);
    assert.doesNotMatch(policy, /unsafe|\*(?!;|$)/, path);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff", path);
  }
  const panel = await fetch(`${origin}/panel/`);
  assert.doesNotMatch(panel.headers.get("content-security-policy"), /frame-ancestors/, "anybody may frame the panel");
  const dashboard = await fetch(`${origin}/dashboard/`);
  assert.match(dashboard.headers.get("content-security-policy"), /frame-ancestors 'none'/);
  const script = await fetch(`${origin}/widget.js`);
  assert.equal(script.headers.get("cross-origin-resource-policy"), "cross-origin");
});

browserTest("the chat opens by keyboard alone and gives the focus back", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.visit();
  const { page } = panel;
  await panel.launcher.waitFor();
  const isOnLauncher = () => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.localName === "button");
  for (let presses = 0; !(await isOnLauncher()); presses += 1) {
    assert.ok(presses < 100, "Tab never reaches the launcher");
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await panel.field.waitFor();
  await until(() => panel.field.evaluate((field) => document.activeElement === field), "the field has the focus");
  await page.keyboard.type("Without a mouse");
  await page.keyboard.press("Enter");
  await panel.shows("Without a mouse");
  await page.keyboard.press("Escape");
  await panel.field.waitFor({ state: "hidden" });
  await until(isOnLauncher, "the launcher has the focus again");
});

browserTest("on a phone the panel fills the screen", async (stage) => {
  const viewport = { width: 390, height: 844 };
  const visitor = await stage.visitor({ viewport });
  const panel = await visitor.openChat();
  const box = await panel.iframe.boundingBox();
  assert.ok(box.width >= viewport.width - 1 && box.height >= viewport.height - 1, JSON.stringify(box));
  await panel.say("From a phone");
  await panel.shows("From a phone");
});
