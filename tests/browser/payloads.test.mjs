// Text is text: no message, and no name, ever becomes markup or script on either side.

import assert from "node:assert/strict";

import { ADMIN } from "../harness/server.mjs";
import { browserTest } from "./browser-test.mjs";
import { until } from "./stage.mjs";

/** Each would call `pwned()` if it were ever taken for markup or a link. */
const PAYLOADS = [
  "<script>pwned()</script>",
  "<ScRiPt src=data:text/javascript,pwned()></ScRiPt>",
  "<script>pwned()",
  "</textarea><script>pwned()</script>",
  "</title></style></noscript><script>pwned()</script>",
  "<img src=x onerror=pwned()>",
  "<img src=x onerror=\"pwned()\" alt='",
  "<img/src=`x`onerror=pwned()>",
  "<svg onload=pwned()>",
  "<svg><script>pwned()</script></svg>",
  "<svg><animate onbegin=pwned() attributeName=x dur=1s>",
  "<body onload=pwned()>",
  "<iframe src=javascript:pwned()></iframe>",
  '<iframe srcdoc="<script>parent.pwned()</script>"></iframe>',
  "<object data=javascript:pwned()></object>",
  "<embed src=javascript:pwned()>",
  "<details open ontoggle=pwned()>x</details>",
  "<input autofocus onfocus=pwned()>",
  "<select autofocus onfocus=pwned()>",
  "<video><source onerror=pwned()></video>",
  "<audio src=x onerror=pwned()>",
  "<marquee onstart=pwned()>",
  "<a href=javascript:pwned()>click</a>",
  "<form action=javascript:pwned()><button>click</button></form>",
  "<math><mtext><table><mglyph><style><img src=x onerror=pwned()></style></mglyph></table></mtext></math>",
  "<style>@import'javascript:pwned()';*{background:url(javascript:pwned())}</style>",
  '<link rel=stylesheet href="data:text/css,*{display:none}">',
  "<base href=//evil.example/>",
  '<meta http-equiv="refresh" content="0;url=javascript:pwned()">',
  "javascript:pwned()",
  "JaVaScRiPt:pwned()",
  "java\tscript:pwned()",
  "data:text/html,<script>pwned()</script>",
  "https://example.com/\"onmouseover=\"pwned()",
  "https://example.com/'onclick='pwned()'",
  "http://javascript:pwned()@example.com/<script>pwned()</script>",
  "[click](javascript:pwned())",
  "![x](x\"onerror=\"pwned())",
  "{{constructor.constructor('pwned()')()}}",
  "${pwned()} #{pwned()} <%= pwned() %>",
  "&lt;script&gt;pwned()&lt;/script&gt; &#60;img src=x onerror=pwned()&#62;",
  "\u003cscript\u003epwned()\u003c/script\u003e",
  '{"__proto__":{"pwned":true},"toString":"pwned()"}',
  "';pwned();//\";pwned();//`;pwned();//",
  "<!--><img src=x onerror=pwned()>-->",
  "<![CDATA[<img src=x onerror=pwned()>]]>",
  "**<img src=x onerror=pwned()>**",
  "`</code><script>pwned()</script>`",
  "```<script>\n<img src=x onerror=pwned()>\n```",
  "> <svg onload=pwned()>\n- ![x](javascript:pwned())\n1. [x](javascript:pwned())",
  "\u0000<img src=x onerror=pwned()>",
  "＜img src=x onerror=pwned()＞",
];

const NAME = "<img src=x onerror=pwned()>Ada";

browserTest(
  "no message and no name ever runs a script on either side",
  async (stage) => {
    const visitor = await stage.visitor();
    const agent = await stage.agent();
    for (const { context } of [visitor, agent]) {
      await context.exposeFunction("pwned", () => stage.offences.push("a payload ran"));
    }
    const panel = await visitor.openChat();
    const send = async (chat, text) => {
      await chat.write(text);
      await chat.field.press("Enter");
      await until(async () => (await chat.field.inputValue()) === "");
      // Or the other side's next one may be faster.
      await until(async () => (await chat.waiting.count()) === 0);
    };
    await send(panel, PAYLOADS[0]);
    const dashboard = await agent.openConversation("pwned()");

    const expected = [PAYLOADS[0]];
    for (const [index, payload] of PAYLOADS.entries()) {
      if (index === 0) continue;
      await send(index % 2 ? dashboard : panel, payload);
      expected.push(payload);
      if (expected.length % 15 === 0) {
        // The room lets twenty through at once; people do not send faster than they read.
        for (const chat of [panel, dashboard]) await chat.shows(...expected.map(shown));
      }
    }
    for (const chat of [panel, dashboard]) {
      await chat.shows(...expected.map(shown));
      await assertPlain(chat);
    }
    // What is loaded anew is drawn by other code paths: history, previews, drafts.
    await panel.write("<img src=x onerror=pwned()>");
    await dashboard.write("<img src=x onerror=pwned()>");
    for (const chat of [panel, dashboard]) {
      await chat.page.reload();
      await until(async () => (await chat.messages.count()) >= 15, "the history is shown");
      await assertPlain(chat);
    }
    await dashboard.list("All");
    await dashboard.row("onerror").first().waitFor();
    assert.equal(await dashboard.inbox.locator("img, script, iframe, svg[onload], object, embed").count(), 0);
    await panel.frame.getByText(`${NAME} is here`).waitFor();
  },
  { server: { admin: { ...ADMIN, name: NAME } } },
);

/** How a text looks once it is in a page. */
function shown(text) {
  // The room takes out what nobody can see (domain/src/text.rs).
  return text.replaceAll("\u0000", "").trim();
}

/** What a text's own marks may become (`ui/marked-text.tsx`, `panel/marked.js`), and what these may say of themselves. */
const MARKED = ["strong", "em", "s", "code", "pre", "small", "blockquote", "ul", "ol", "li", "span"];
const SAID = ["class", "value", "aria-hidden", "dir", "tabindex"];

/** In messages there is nothing but text, what its marks stand for, and links to web addresses. */
async function assertPlain(chat) {
  const found = await chat.log.evaluate((log) => {
    const texts = [...log.querySelectorAll(".text, .message-text")];
    return texts.flatMap((text) =>
      [...text.querySelectorAll("*")].map((node) => ({
        name: node.localName,
        protocol: node.protocol,
        rel: node.rel,
        attributes: node.getAttributeNames(),
      })),
    );
  });
  for (const { name, protocol, rel, attributes } of found) {
    if (MARKED.includes(name)) {
      assert.deepEqual(attributes.filter((attribute) => !SAID.includes(attribute)), [], name);
      continue;
    }
    assert.equal(name, "a");
    assert.match(protocol, /^https?:$/);
    assert.match(rel, /noopener/);
    assert.ok(!attributes.some((attribute) => attribute.startsWith("on")), attributes.join());
  }
}
