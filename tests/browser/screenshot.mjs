// The README's picture, taken of the real product: `docs/images/chat.png`, a visitor in the shop and an agent at the
// dashboard in the same conversation. Names and words are always the same; the visitor's number and the times are what
// the server made of them.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { Server } from "../harness/server.mjs";
import { Stage, launch } from "./stage.mjs";

const picture = fileURLToPath(new URL("../../docs/images/chat.png", import.meta.url));
const HEIGHT = 800;
const SHOP = 620;
const DESK = 1000;

const server = await Server.start("screenshot");
const browser = await launch();
const stage = new Stage(browser, server);
try {
  // Others are waiting as well.
  for (const text of ["Do you deliver to Ireland?", "My monstera arrived with a broken leaf."]) {
    const panel = await (await stage.visitor()).openChat();
    await panel.say(text);
    await panel.shows(text);
  }

  const [visitor, agent] = await Promise.all([
    stage.visitor({ viewport: { width: SHOP, height: HEIGHT }, deviceScaleFactor: 2 }),
    stage.agent({ viewport: { width: DESK, height: HEIGHT }, deviceScaleFactor: 2 }),
  ]);
  const panel = await visitor.openChat();
  const conversation = [];
  const visitorSays = (text) => (conversation.push(text), panel.say(text));
  await visitorSays("Hi! Will the fern I ordered be on Thursday’s boat?");
  const dashboard = await agent.openConversation(conversation[0]);
  const agentSays = (text) => (conversation.push(text), dashboard.say(text));

  await agentSays("Hello! Let me look it up for you.");
  await dashboard.note("Order 1042, paid on Monday. The boat leaves at nine.");
  await agentSays("Yes, it is packed and leaves at nine in the morning.");
  await visitorSays("Wonderful, thank you!");
  await panel.shows(...conversation);
  await dashboard.page.bringToFront();
  await panel.log.getByText("Seen").waitFor();
  await dashboard.page.getByRole("button", { name: "Assign to me" }).click();
  await dashboard.log.getByText("You took this conversation.").waitFor();
  await dashboard.write("You are welcome. Enjoy");
  await panel.frame.getByText("Ada is typing").waitFor();
  await dashboard.row("Wonderful, thank you!").waitFor();
  await panel.page.mouse.move(0, 0);

  // Typing ends after a while; this is well before.
  const [shop, desk] = [await panel.page.screenshot(), await dashboard.page.screenshot()];
  stage.check();

  const gap = 24;
  const page = await (
    await stage.context({ viewport: { width: SHOP + DESK + 3 * gap, height: HEIGHT + 2 * gap }, deviceScaleFactor: 1.5 })
  ).newPage();
  await page.setContent(`<!doctype html><title>Voxora</title>
    <style>
      body { margin: 0; padding: ${gap}px; display: flex; gap: ${gap}px; background: #dfe3ea }
      img { height: ${HEIGHT}px; border-radius: 12px; box-shadow: 0 8px 30px #1c254033 }
    </style>
    <img src="data:image/png;base64,${shop.toString("base64")}"><img src="data:image/png;base64,${desk.toString("base64")}">`);
  mkdirSync(fileURLToPath(new URL("../../docs/images", import.meta.url)), { recursive: true });
  await page.screenshot({ path: picture });
  console.log("docs/images/chat.png has been taken.");
} finally {
  await stage.close();
  await browser.close();
  await server.stop();
}
