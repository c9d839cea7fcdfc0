// Takes pictures of every state in `states.mjs`, in every look: wide and narrow, light and dark, left to right and right to
// left. `cargo xtask gallery` calls it; words after it narrow it down to the states that have one of them in group or name.
//
// They are in `build/gallery/`, with a page to look through them. It fails when a state was not reached or a page had an error,
// and shows what there was.

import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { ADMIN, SETUP_TOKEN, Server } from "../harness/server.mjs";
import { Stage, launch } from "../browser/stage.mjs";
import { seed } from "../demo/seed.mjs";
import { states } from "./states.mjs";

const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
const DIRECTIONS = ["ltr", "rtl"];
const SCHEMES = ["light", "dark"];
/** How tall a picture of a whole page may be. */
const TALLEST = 8000;

const folder = fileURLToPath(new URL("../../build/gallery", import.meta.url));
const words = process.argv.slice(2).map((word) => word.toLowerCase());

/** The API as an agent uses it. */
class Api {
  #origin;
  #token;

  constructor(origin, token) {
    this.#origin = origin;
    this.#token = token;
  }

  static async signIn(origin, { email, password } = ADMIN) {
    const api = new Api(origin);
    return new Api(origin, (await api.#ask("POST", "auth/login", { email, password })).accessToken);
  }

  get(route) {
    return this.#ask("GET", route);
  }

  change(id, change) {
    return this.#ask("PATCH", `conversations/${id}`, change);
  }

  /** Says something in a conversation. */
  async say(id, ...texts) {
    const socket = new WebSocket(`${this.#origin.replace(/^http/, "ws")}/api/v1/conversations/${id}/socket`, ["voxora.v1", `bearer.${this.#token}`]);
    for (const text of texts) {
      await new Promise((resolve, reject) => {
        const send = () => socket.send(JSON.stringify({ type: "send", clientId: `gallery_${crypto.randomUUID()}`, kind: "message", text }));
        socket.onerror = () => reject(new Error("the socket failed"));
        socket.onmessage = ({ data }) => {
          for (const frame of data.split("\n")) {
            const { type } = JSON.parse(frame);
            if (type === "ack") resolve();
            if (type === "error") reject(new Error(frame));
          }
        };
        if (socket.readyState === WebSocket.OPEN) send();
        else socket.onopen = send;
      });
    }
    socket.close();
  }

  async #ask(method, route, body) {
    const answer = await fetch(`${this.#origin}/api/v1/${route}`, {
      method,
      headers: { ...(this.#token && { authorization: `Bearer ${this.#token}` }), ...(body && { "content-type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${route}: ${await answer.text()}`);
    return answer.json();
  }
}

/** The servers of the states, each started when the first one wants it. */
class Servers {
  #running = {};

  get(stage) {
    return (this.#running[stage] ??= this.#start(stage));
  }

  async #start(stage) {
    const server = await Server.start(`gallery-${stage}`, stage === "empty" ? {} : { admin: null });
    if (stage === "team") await seed(server.origin, { setupToken: SETUP_TOKEN });
    return server;
  }

  async stop() {
    for (const server of Object.values(this.#running)) await (await server).stop();
  }
}

/** Shows a state; gives its page. */
async function show(stage, { who, show }) {
  const options = { viewport: SIZES.wide };
  if (who === "visitor") {
    const panel = await (await stage.visitor(options)).visit();
    await show(panel, stage);
    return panel.page;
  }
  const context = who === "agent" ? (await stage.agent(options)).context : await stage.context(options);
  const page = await context.newPage();
  await show(page, stage);
  return page;
}

async function settle(page) {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  for (const frame of page.frames()) {
    await frame
      .evaluate(async () => {
        const passing = document.getAnimations().filter(({ effect }) => effect.getTiming().iterations !== Infinity);
        await Promise.allSettled(passing.map(({ finished }) => finished));
      })
      .catch(() => {});
  }
}

/** Takes one state in every look; gives the pictures' file names by look. */
async function take(page, name, { whole = false }) {
  const pictures = {};
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const direction of DIRECTIONS) {
      for (const frame of page.frames()) await frame.evaluate((dir) => (document.documentElement.dir = dir), direction).catch(() => {});
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        await settle(page);
        const look = `${size}-${direction}-${colorScheme}`;
        const file = `${name}-${look}.png`;
        const clip = whole && { x: 0, y: 0, width: viewport.width, height: Math.min(TALLEST, await page.evaluate(() => document.documentElement.scrollHeight)) };
        await page.screenshot({ path: path.join(folder, file), caret: "initial", ...(clip && { fullPage: true, clip }) });
        pictures[look] = file;
      }
    }
  }
  return pictures;
}

const wanted = states.filter(({ group, name }) => words.length === 0 || words.some((word) => `${group} ${name}`.toLowerCase().includes(word)));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const browser = await launch();
const servers = new Servers();
const taken = [];
try {
  for (const [index, state] of wanted.entries()) {
    const { group, name } = state;
    const server = await servers.get(state.stage);
    const stage = new Stage(browser, server);
    stage.api = () => Api.signIn(server.origin);
    const file = `${String(index).padStart(3, "0")}-${`${group} ${name}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
    let pictures = {};
    let failure;
    try {
      pictures = await take(await show(stage, state), file, state);
      // What a state makes fail on purpose is the network's noise, which a stage knows.
      stage.check();
    } catch (error) {
      failure = String(error.stack ?? error).split("\n").slice(0, 12).join("\n");
      await stage.keepEvidence(path.join(folder, file), error);
    } finally {
      await stage.close();
    }
    taken.push({ group, name, pictures, failure });
    console.log(`${failure ? "✖" : "✔"} ${group}: ${name}`);
  }
} finally {
  await browser.close();
  await servers.stop();
}

cpSync(path.join(import.meta.dirname, "viewer"), folder, { recursive: true });
writeFileSync(path.join(folder, "pictures.js"), `window.PICTURES = ${JSON.stringify({ taken, sizes: Object.keys(SIZES), directions: DIRECTIONS, schemes: SCHEMES })};\n`);
const failed = taken.filter(({ failure }) => failure);
for (const { group, name, failure } of failed) console.error(`\n${group}: ${name}\n${failure}`);
console.log(`\n${taken.length - failed.length} of ${taken.length} states are in build/gallery/index.html.`);
process.exitCode = failed.length === 0 ? 0 : 1;
