// The panel by itself: what becomes of words, of the focus and of the list when a conversation ends, goes on, or grows.

import assert from "node:assert/strict";

import { ADMIN } from "../harness/server.mjs";
import { browserTest } from "./browser-test.mjs";
import { inConversation, until, wordsSeen } from "./stage.mjs";

/** Sets the status of the conversation that a dashboard shows, as another program would. */
async function setStatus({ agent, dashboard }, status) {
  const [id] = dashboard.page.url().match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/);
  const { email, password } = ADMIN;
  const login = await agent.context.request.post("/api/v1/auth/login", { data: { email, password } });
  const { accessToken } = await login.json();
  const headers = { authorization: `Bearer ${accessToken}` };
  const answer = await agent.context.request.patch(`/api/v1/conversations/${id}`, { data: { status }, headers });
  assert.ok(answer.ok(), await answer.text());
}

const change = (panel) => panel.log.getByRole("button", { name: /^Change this message/ }).last();
const item = (panel, name) => panel.frame.getByRole("menuitem", { name, exact: true });
const startAnew = (panel) => panel.frame.getByRole("button", { name: "Start a new one" });
const scroller = (panel) => panel.frame.locator(".scroll");

/** Where the focus is, within the panel. */
const focused = (panel) => panel.field.evaluate(() => document.activeElement?.className || document.activeElement?.localName);

browserTest(
  "a browser that keeps nothing for third parties has a chat, and is told what that means",
  async (stage) => {
    const [visitor, agent] = [await stage.visitor(), await stage.agent()];
    const panel = await visitor.openChat();
    await panel.frame.getByText("This browser keeps nothing for us.").waitFor();
    await panel.say("Nothing is kept");
    const dashboard = await agent.openConversation("Nothing is kept");
    await dashboard.say("Welcome");
    await panel.shows("Nothing is kept", "Welcome");
  },
  { thirdPartyStorage: "blocked" },
);

browserTest("a storage that is full costs a visitor nothing they can see", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Before it was full");
  await panel.field.evaluate(() => {
    for (let size = 2 ** 22; size >= 1; size /= 2) {
      for (let number = 0; number < 8; number += 1) {
        try {
          localStorage.setItem(`full.${size}.${number}`, "x".repeat(size));
        } catch {
          break;
        }
      }
    }
  });
  await panel.say("Into a full storage");
  await dashboard.shows("Before it was full", "Into a full storage");
  await panel.page.reload();
  await panel.shows("Before it was full", "Into a full storage");
  await panel.say("And after a reload");
  await dashboard.shows("Before it was full", "Into a full storage", "And after a reload");
});

browserTest("an edit ends with its conversation, and its text does not", async (stage) => {
  const scene = await inConversation(stage, "Editable, until");
  const { panel } = scene;
  await panel.write("a draft");
  await scroller(panel).hover();
  await change(panel).click();
  await item(panel, "Edit").click();
  await panel.write("Editable, until it is closed");
  await setStatus(scene, "closed");
  await startAnew(panel).click();
  assert.equal(await panel.field.inputValue(), "a draft\n\nEditable, until it is closed");
  assert.equal(await panel.frame.getByText("Editing your message").isVisible(), false);
  await panel.say("The text of a new conversation");
  await panel.shows("The text of a new conversation");
});

browserTest("an edit ends when its message is deleted in another tab", async (stage) => {
  const { visitor, panel } = await inConversation(stage, "Deleted elsewhere");
  const other = await visitor.openChat();
  await other.shows("Deleted elsewhere");
  await change(panel).click();
  await item(panel, "Edit").click();
  await panel.write("Deleted elsewhere, edited here");
  await change(other).click();
  await item(other, "Delete").click();
  await item(other, "Delete it").click();
  await panel.frame.getByText("That message can’t be changed any more.").waitFor();
  assert.equal(await panel.field.inputValue(), "Deleted elsewhere, edited here");
});

browserTest("what could not be sent before the end goes along into a new conversation", async (stage) => {
  const scene = await inConversation(stage, "Until the end");
  const { visitor, agent, panel } = scene;
  await visitor.goOffline();
  await panel.frame.getByText("You’re offline").waitFor();
  await panel.say("Too late, one");
  await panel.say("Too late, two");
  await setStatus(scene, "closed");
  await visitor.goOnline();
  await until(async () => (await panel.frame.getByText("Not sent: the conversation has ended.").count()) === 2, "both are refused");
  assert.equal(await panel.frame.getByRole("button", { name: "Retry" }).count(), 0, "what cannot succeed is not offered");
  await panel.frame.getByText("Your 2 messages that were not sent go into the new one.").waitFor();
  await startAnew(panel).click();
  await panel.shows("Too late, one", "Too late, two");
  const other = await agent.openConversation("Too late, two");
  await other.shows("Too late, one", "Too late, two");
});

browserTest("an agent who goes on with a conversation that was left is heard", async (stage) => {
  const scene = await inConversation(stage, "Left, and gone on with");
  const { agent, panel, dashboard } = scene;
  await setStatus(scene, "closed");
  await startAnew(panel).click();
  await panel.shows();
  await setStatus(scene, "open");
  await dashboard.say("One more thing");
  await panel.shows("Left, and gone on with", "One more thing");

  await setStatus(scene, "closed");
  await startAnew(panel).click();
  await panel.say("The next one");
  const second = await agent.openConversation("The next one");
  await second.shows("The next one");
  await setStatus(scene, "open");
  await dashboard.say("And another thing");
  const news = panel.frame.getByRole("button", { name: /There is news in another/ });
  await news.click();
  await panel.shows("Left, and gone on with", "One more thing", "And another thing");
  await news.waitFor({ state: "hidden" });

  await panel.frame.getByRole("button", { name: "Your conversations" }).click();
  const list = panel.frame.getByRole("region", { name: "Your conversations" });
  await until(async () => (await list.getByRole("listitem").count()) === 2, "both are listed");
  await list.getByRole("button", { name: /The next one/ }).click();
  await panel.shows("The next one");
});

browserTest("the list of conversations closes on Escape, and the chat does not", async (stage) => {
  const { panel } = await inConversation(stage, "In the list");
  const opener = panel.frame.getByRole("button", { name: "Your conversations" });
  await opener.click();
  const list = panel.frame.getByRole("region", { name: "Your conversations" });
  await list.getByRole("listitem").waitFor();
  await panel.page.keyboard.press("Escape");
  await list.waitFor({ state: "detached" });
  await panel.shows("In the list");
  assert.notEqual(await focused(panel), "body");
});

browserTest("a draft is the same in two tabs, and is sent once", async (stage) => {
  const { visitor, panel, dashboard } = await inConversation(stage, "In two tabs, a draft");
  await panel.write("half a");
  const other = await visitor.openChat();
  await until(async () => (await other.field.inputValue()) === "half a", "the other tab begins with it");
  await panel.write("half a question");
  await until(async () => (await other.field.inputValue()) === "half a question", "the other tab follows");
  await panel.say("a whole question");
  await until(async () => (await other.field.inputValue()) === "", "it is sent, and no draft any more");
  await dashboard.shows("In two tabs, a draft", "a whole question");
});

browserTest("what can be done with a message is one menu, which asks before it deletes", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "First of two");
  await panel.say("Second of two");
  await panel.shows("First of two", "Second of two");
  assert.equal(await change(panel).getAttribute("aria-label"), "Change this message: Second of two");
  const menu = panel.frame.getByRole("menu");

  await change(panel).click();
  await menu.waitFor();
  await panel.page.keyboard.press("Escape");
  await menu.waitFor({ state: "detached" });
  assert.equal(await focused(panel), "more", "the focus is back on the button, and the chat is open");

  await change(panel).press("Enter");
  await menu.waitFor();
  await panel.page.keyboard.press("ArrowDown");
  await panel.page.keyboard.press("Enter");
  await menu.getByText("Delete this message for everyone?").waitFor();
  await panel.page.keyboard.press("Enter");
  await menu.waitFor({ state: "detached" });
  await panel.shows("First of two", "Second of two");

  await change(panel).click();
  await panel.log.locator(".text").first().click();
  await menu.waitFor({ state: "detached" });

  await change(panel).click();
  await item(panel, "Delete").click();
  await item(panel, "Delete it").click();
  await dashboard.shows("First of two", "Message deleted");
  await until(async () => (await focused(panel)) !== "body", "the focus is in the chat");
});

browserTest("the focus never falls out of the chat", async (stage) => {
  const scene = await inConversation(stage, "Where is the focus?");
  const { panel } = scene;
  await change(panel).click();
  await item(panel, "Edit").click();
  await panel.frame.getByRole("button", { name: "Cancel" }).click();
  assert.equal(await focused(panel), "textarea");

  await setStatus(scene, "closed");
  await startAnew(panel).press("Enter");
  await until(async () => (await focused(panel)) === "textarea", "the field has it");
});

browserTest("on a touch screen the focus stays in the chat, and no keyboard comes up over it", async (stage) => {
  const [visitor, agent] = [await stage.visitor({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 780 } }), await stage.agent()];
  const panel = await visitor.openChat();
  await panel.say("By touch");
  const dashboard = await agent.openConversation("By touch");
  await setStatus({ agent, dashboard }, "closed");
  await startAnew(panel).tap();
  await panel.frame.getByText("Hello! How can we help?").waitFor();
  await until(async () => (await focused(panel)) === "scroll", "the list has it");
});

browserTest("whatever is touched is 44 pixels large, and no row shows more than it must", async (stage) => {
  const visitor = await stage.visitor({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 780 } });
  const panel = await visitor.openChat();
  await panel.say("Touched");
  await panel.shows("Touched");
  assert.equal(await change(panel).evaluate((node) => getComputedStyle(node).opacity), "0");
  await panel.log.getByText("Touched").tap();
  assert.equal(await change(panel).evaluate((node) => getComputedStyle(node).opacity), "1");
  for (const target of [change(panel), panel.frame.locator(".send"), panel.frame.locator("header .past"), panel.frame.locator("header .close")]) {
    const reach = await target.evaluate((node) => {
      const { left, top, width, height } = node.getBoundingClientRect();
      const hits = (x, y) => node.contains(document.elementFromPoint(left + width / 2 + x, top + height / 2 + y));
      return hits(-21, 0) && hits(21, 0) && hits(0, -21) && hits(0, 21);
    });
    assert.ok(reach, await target.getAttribute("aria-label"));
  }
});

browserTest("whoever opens the chat sees what came meanwhile", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Message 1");
  for (let number = 2; number <= 15; number += 1) await panel.say(`Message ${number}`);
  // The last one has arrived, and so have all: one's own message takes the list to its end.
  await dashboard.log.getByText("Message 15", { exact: true }).waitFor();
  await scroller(panel).evaluate((node) => (node.scrollTop = 0));
  await panel.frame.getByRole("button", { name: "Latest messages" }).waitFor();
  await panel.page.getByRole("button", { name: "Close chat" }).first().click();
  await panel.field.waitFor({ state: "hidden" });
  await dashboard.say("Are you there?");
  await panel.page.getByRole("button", { name: "Open chat, 1 unread message" }).click();
  await until(
    () => panel.log.getByText("Are you there?").evaluate((node) => {
      const { top, bottom } = node.getBoundingClientRect();
      return top > 0 && bottom < innerHeight;
    }),
    "it is in sight",
  );
  await dashboard.page.bringToFront();
  await dashboard.log.getByText("Seen").waitFor();
});

browserTest("Escape that ends a composition closes nothing", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.openChat();
  await panel.field.evaluate((field) => {
    // As Safari tells of it: after the composition, by this code alone.
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", keyCode: 229, bubbles: true, cancelable: true }));
  });
  await panel.page.waitForTimeout(300);
  assert.ok(await panel.field.isVisible());

  await panel.say("Composed");
  await panel.shows("Composed");
  await change(panel).click();
  await item(panel, "Edit").click();
  await panel.write("Composed, half");
  await panel.field.evaluate((field) => {
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", keyCode: 229, bubbles: true, cancelable: true }));
  });
  await panel.page.waitForTimeout(100);
  assert.equal(await panel.field.inputValue(), "Composed, half", "the edit goes on");
  await panel.field.press("Escape");
  await until(async () => (await panel.field.inputValue()) === "", "the edit is given up");
  await panel.field.press("Escape");
  await panel.field.waitFor({ state: "hidden" });
});

browserTest("messages in quick succession take their place at once", async (stage) => {
  const { visitor, panel } = await inConversation(stage, "Not so fast");
  await visitor.goOffline();
  await panel.frame.getByText("You’re offline").waitFor();
  for (const text of ["one", "two", "three"]) {
    await panel.field.fill(text);
    await panel.field.press("Enter");
  }
  const gaps = await panel.log.evaluate((log) => {
    // As before the word of their being sent appears.
    for (const animation of document.getAnimations()) animation.currentTime = 0;
    const rows = [...log.querySelectorAll(".row")].slice(-3).map((row) => row.querySelector(".text").getBoundingClientRect());
    return rows.slice(1).map(({ top }, index) => top - rows[index].bottom);
  });
  assert.ok(gaps.every((gap) => gap < 6), gaps.join());
});

browserTest("long texts are folded, emoji are large, marks stay in their bubble, disguised hosts are named", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.openChat();
  const long = "A long text. ".repeat(200).trim();
  await panel.say(long);
  await panel.say("🎉");
  await panel.say(`.${"\u0347".repeat(99)}`);
  await panel.say("https://аррӏе.com");
  await until(async () => (await panel.messages.count()) === 4);
  const height = () => panel.messages.nth(0).evaluate((node) => node.getBoundingClientRect().height);
  const folded = await height();
  await panel.frame.getByRole("button", { name: "Show all" }).click();
  assert.ok((await height()) > 2 * folded);
  await panel.frame.getByRole("button", { name: "Show less" }).click();
  assert.equal(await height(), folded);
  const size = (index) => panel.messages.nth(index).evaluate((node) => parseFloat(getComputedStyle(node).fontSize));
  assert.ok((await size(1)) > 2 * (await size(0)));
  assert.equal(await panel.messages.nth(2).evaluate((node) => getComputedStyle(node).overflow), "hidden");
  assert.equal(await panel.messages.nth(3).textContent(), "https://аррӏе.com (xn--80ak6aa92e.com)");
});

browserTest("messages look as they were meant, and are copied as they were written", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "How do I install it?");
  const code = `let a = 1;\n\n  a += *2*; // ${"far and ".repeat(20)}wide`;
  const written = `Hello **Ada**, *please* ~~no~~ \`npm i\`:\n\`\`\`js\n${code}\n\`\`\`\n> so **it** was\n\n1. one\n2. https://example.com\n\n<b>no</b> ![no](https://example.com/x.png) 2*3*4`;
  await dashboard.say(written);
  await panel.shows("How do I install it?", written);
  const text = panel.messages.nth(1);
  const items = [["strong", "Ada"], ["em", "please"], ["s", "no"], ["code", "npm i"], ["blockquote strong", "it"], ["ol > li:nth-child(2) a", "https://example.com"]];
  for (const [selector, words] of items) assert.equal(await wordsSeen(text.locator(selector).first()), words, selector);
  assert.equal(await wordsSeen(text.locator("pre")), `js${code}`);
  assert.equal(await text.locator("b, img, pre em").count(), 0, "nothing is read as HTML, nor as marks within code");
  // Lines of code are as long as they are, and the bubble is not.
  const widths = await text.evaluate((node) => [node.querySelector("pre"), node, node.closest(".log")].map((one) => [one.scrollWidth, one.clientWidth]));
  assert.ok(widths[0][0] > 2 * widths[0][1] && widths[1][0] === widths[1][1] && widths[2][0] === widths[2][1], JSON.stringify(widths));
  await text.locator("pre").focus();
  await panel.page.keyboard.press("ArrowRight");
  await until(() => text.locator("pre").evaluate((pre) => pre.scrollLeft > 0), "its end can be had by keyboard");
  // What is read aloud is what is seen.
  assert.match(await text.ariaSnapshot(), /strong: Ada/);
  assert.doesNotMatch(await text.ariaSnapshot(), /\*\*|```/);

  const copied = (locator) =>
    locator.evaluate((element) => {
      getSelection().selectAllChildren(element);
      return new Promise((resolve) => {
        addEventListener("copy", ({ clipboardData }) => resolve(clipboardData.getData("text/plain")), { once: true });
        document.execCommand("copy");
      });
    });
  assert.equal(await copied(text), written);
  assert.equal(await copied(text.locator("blockquote")), "> so **it** was");
});

browserTest("a text with marks is drawn anew when it is changed, and is trouble to nobody", async (stage) => {
  const { panel, dashboard } = await inConversation(stage, "Hello");
  await panel.say("It is **not** urgent");
  await panel.shows("Hello", "It is **not** urgent");
  const mine = panel.messages.nth(1);
  assert.equal(await wordsSeen(mine), "It is not urgent");
  await scroller(panel).hover();
  await panel.frame.getByRole("button", { name: "Change this message: It is not urgent", exact: true }).click();
  await item(panel, "Edit").click();
  assert.equal(await panel.field.inputValue(), "It is **not** urgent", "what was written is what is edited");
  await panel.write("- It\n- is `urgent`");
  await panel.field.press("Enter");
  await panel.shows("Hello", "- It\n- is `urgent`");
  assert.deepEqual(await Promise.all([0, 1].map((index) => wordsSeen(mine.locator("ul > li").nth(index)))), ["It", "is urgent"]);
  assert.equal(await mine.locator("strong").count(), 0);

  const hostile = ["*".repeat(5_000), "> ".repeat(2_500), "*a _b **c ".repeat(500), `a\n\`\`\`\n${"[(*".repeat(1_500)}`, "**[x](javascript:alert(1))**"];
  for (const text of hostile) await dashboard.say(text);
  await panel.shows("Hello", "- It\n- is `urgent`", ...hostile.map((text) => text.trim()));
  assert.equal(await panel.log.locator(".text a").count(), 0);

  await panel.frame.getByRole("button", { name: "Your conversations" }).click();
  const said = panel.frame.locator(".said");
  await until(async () => (await said.allTextContents()).join() === "[x](javascript:alert(1))", "a list has words, not marks");
});

browserTest("bubbles are as wide as their words", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.openChat();
  await panel.say("These words are enough for two lines of text, abcdefghijklmnop");
  await panel.shows("These words are enough for two lines of text, abcdefghijklmnop");
  const slack = await panel.messages.first().evaluate((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()];
    const width = Math.max(...rects.map(({ right }) => right)) - Math.min(...rects.map(({ left }) => left));
    return { slack: node.getBoundingClientRect().width - width, lines: rects.length };
  });
  assert.ok(slack.lines > 1 && slack.slack < 30, JSON.stringify(slack));
});

browserTest("where colours are forced, bubbles, field and buttons have edges", async (stage) => {
  const visitor = await stage.visitor({ forcedColors: "active" });
  const panel = await visitor.openChat();
  await panel.say("With an edge");
  await panel.shows("With an edge");
  for (const part of [".log .text", ".field", ".send", "header .close"]) {
    const edge = await panel.frame.locator(part).first().evaluate((node) => {
      const { borderTopWidth, borderTopColor } = getComputedStyle(node);
      return [parseFloat(borderTopWidth) >= 1, /rgba\(.*, 0\)/.test(borderTopColor)];
    });
    assert.deepEqual(edge, [true, false], part);
  }
});

browserTest(
  "a name turns no line round but its own, and the header remembers who has answered",
  async (stage) => {
    const { visitor, agent, panel, dashboard } = await inConversation(stage, "Who are you?");
    await dashboard.say("I am עדה");
    await panel.shows("Who are you?", "I am עדה");
    assert.equal(await panel.frame.locator(".presence bdi").textContent(), "עדה");
    assert.equal(await panel.log.locator(".name bdi").textContent(), "עדה");
    await dashboard.write("And I go on");
    await until(async () => (await panel.frame.locator(".typing bdi").allTextContents()).join() === "עדה", "who is typing is named");
    // Nor does what is stacked upon its letters leave the line.
    for (const line of [".presence", ".log .name", ".typing"]) {
      assert.equal(await panel.frame.locator(line).evaluate((node) => getComputedStyle(node).overflow), "hidden", line);
    }
    await agent.context.close();
    await panel.page.reload();
    await panel.frame.getByText("עדה replied just now").waitFor();
    assert.equal(await panel.frame.locator(".people .face").textContent(), "ע");
    await visitor.context.close();
  },
  { server: { admin: { ...ADMIN, name: "עדה" } } },
);

browserTest("a suggestion is put into the field, not sent", async (stage) => {
  const visitor = await stage.visitor();
  const panel = await visitor.openChat();
  await panel.frame.getByRole("button", { name: "I need help with an order" }).click();
  assert.equal(await panel.field.inputValue(), "I need help with an order");
  await panel.shows();
  await panel.field.press("Enter");
  await panel.shows("I need help with an order");
});

browserTest("a part of the panel that could not be loaded is asked for again, and nothing is lost meanwhile", async (stage) => {
  const [visitor, agent] = [await stage.visitor(), await stage.agent()];
  let isThere = false;
  await visitor.context.route("**/panel/talk-*.js", (route) => (isThere ? route.continue() : route.abort()));
  const panel = await visitor.openChat();
  await panel.say("Sent without the rest");
  await panel.frame.getByText("The chat can’t be reached.").waitFor();
  const dashboard = await agent.openConversation("Sent without the rest");
  await dashboard.say("It arrived");
  isThere = true;
  await panel.frame.getByRole("button", { name: "Try now" }).click();
  await panel.shows("Sent without the rest", "It arrived");
});
