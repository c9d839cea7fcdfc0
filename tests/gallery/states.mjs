// What there is to look at: each row is a state of a screen. `cargo xtask gallery` takes pictures of all of them in every
// look; the dashboard's screens come from its own table by themselves, so that a new screen has its picture without a row here.
//
// A row has a group and a name, a stage (whose servers are in `take.mjs`: `team` has the demo, `empty` a team without
// conversations, `fresh` nobody yet), who looks (`agent`, `stranger`, `visitor`), and what is done until it is seen.

import { existsSync } from "node:fs";

import { idOf } from "../demo/documents.mjs";
import { talks } from "../demo/team.mjs";
import { until } from "../browser/stage.mjs";

/** The address of the demo's conversation with this visitor. */
const talk = (visitor) => {
  const index = talks.findIndex((talk) => talk.visitor === visitor);
  if (index < 0) throw new Error(`The demo has no ${visitor}.`);
  return `#/conversations/${idOf("conversation", index)}`;
};

/** Opens the dashboard at an address, and waits until something is there. */
const dashboard = (fragment, ready) => async (page) => {
  await page.goto(`/dashboard/${fragment}`);
  if (ready) await ready(page).first().waitFor();
  else await quiet(page);
};

/** The same where something is kept waiting or fails, and the network is never quiet. */
const troubled = (fragment) => async (page) => {
  await page.goto(`/dashboard/${fragment}`);
  await page.getByRole("main").first().waitFor();
  await page.waitForTimeout(1500);
};

const messages = (page) => page.getByRole("log").locator("li, [role=article]");

/** Waits until what is asked for has come, and nothing but sockets is open. */
const quiet = (page) => page.waitForLoadState("networkidle");

/** Keeps requests waiting for ever, or lets them fail. */
const held = (page, path) => page.route(path, () => {});
const failing = (page, path) => page.route(path, (route) => route.abort());

const press = (name, role = "button") => (page) => page.getByRole(role, { name }).first().click();

const uncheck = (name) => (page) => page.getByLabel(name).uncheck();

/** One after the other. */
const steps = (...all) => async (page, stage) => {
  for (const step of all) await step(page, stage);
};

const agent = (name, show, more) => ({ group: "Dashboard", name, stage: "team", who: "agent", show, ...more });
const visitor = (name, show) => ({ group: "Widget", name, stage: "team", who: "visitor", show });

/** Each row of the dashboard's table, at its address without what may be missing. */
async function screens() {
  const table = new URL("../../dashboard-static/src/shell/screens.ts", import.meta.url);
  if (!existsSync(table)) return [];
  const { SCREENS } = await import(table);
  return SCREENS.map(({ path, title }) =>
    agent(`Screen: ${title}`, dashboard(`#${path.replace(/\/:\w+\?/g, "")}`), { screen: path }),
  );
}

export const states = [
  ...(await screens()),
  agent("All components", dashboard("#/ui"), { who: "stranger", group: "Components", whole: true }),

  agent("Signing in", dashboard("", (page) => page.getByRole("button", { name: "Sign in" })), { who: "stranger" }),
  agent("Signing in: what is missing", steps(dashboard(""), press("Sign in")), { who: "stranger" }),
  agent("First start", dashboard("", (page) => page.getByRole("button", { name: "Create account" })), { who: "stranger", stage: "fresh" }),
  agent("Nobody has written yet", dashboard("#/conversations"), { stage: "empty" }),
  agent("The list is loading", steps((page) => held(page, "**/api/v1/conversations?*"), troubled(""))),
  agent("The list cannot be loaded", steps((page) => failing(page, "**/api/v1/conversations?*"), troubled(""))),
  ...["pending", "snoozed", "resolved", "closed", "all"].map((status) => agent(`List: ${status}`, dashboard(`#/conversations?status=${status}`))),
  ...["mine", "unassigned"].map((view) => agent(`List: ${view}`, dashboard(`#/conversations?view=${view}`))),

  agent("Conversation: both talk", dashboard(talk("Tomás Ferreira"), messages)),
  agent("Conversation: unread, Arabic", dashboard(talk("أميرة حدّاد"), messages)),
  agent("Conversation: Japanese", dashboard(talk("佐藤 結衣"), messages)),
  agent("Conversation: emoji alone", dashboard(talk("Visitor 5C1D"), messages)),
  agent("Conversation: long words, long name", dashboard(talk("Jamie O’Connor-Fitzgerald of the Western Isles Gardening Association"), messages)),
  agent("Conversation: a word without an end", dashboard(talk("Visitor 0AF7"), messages)),
  agent("Conversation: a link, code", dashboard(talk("Priya Nair"), messages)),
  agent("Conversation: two directions in one line", dashboard(talk("فاطمة الزهراء"), messages)),
  agent("Conversation: hundred messages", dashboard(talk("Ngozi Eze"), messages)),
  agent("Conversation: tags and a note", dashboard(talk("Kwame Mensah"), messages)),
  agent("Conversation: resolved", dashboard(talk("Giulia Conti"), messages)),
  agent("Conversation: closed", dashboard(talk("Ivan Petrov"), messages)),
  agent("Conversation: unknown", dashboard(`#/conversations/${idOf("conversation", "nowhere")}`)),
  agent("Conversation: writing a note", steps(dashboard(talk("Tomás Ferreira"), messages), press("Note", "tab"), (page) => page.getByRole("textbox", { name: "Note" }).fill("Ask the harbour master."))),
  agent("Conversation: loading", steps((page) => page.routeWebSocket(/\/conversations\/.*\/socket/, () => {}), troubled(talk("Tomás Ferreira")))),
  agent("Conversation: offline", steps(dashboard(talk("Tomás Ferreira"), messages), (page) => page.context().setOffline(true), (page) => page.waitForTimeout(1500))),

  agent("A menu: one's account", steps(dashboard("#/conversations"), press(/^Your account/))),
  agent("A dialog: the keys", steps(dashboard("#/conversations"), (page) => page.keyboard.press("?"))),
  agent("What Ctrl+K finds", steps(dashboard(talk("Tomás Ferreira"), messages), (page) => page.keyboard.press("Control+k"))),
  agent("What Ctrl+K finds: names", steps(dashboard("#/conversations", (page) => page.getByRole("link", { name: /Mia/ })), (page) => page.keyboard.press("Control+k"), (page) => page.keyboard.type("ma"))),
  agent("A question: signing out", steps(dashboard("#/conversations"), press(/^Your account/), press("Sign out", "menuitem"))),
  agent("A listbox: the status", steps(dashboard(talk("Tomás Ferreira"), messages), press("Status", "combobox"))),
  agent("Tags: making one", steps(dashboard("#/settings/tags"), press("New tag"))),
  agent("Tags: what one can do", steps(dashboard("#/settings/tags"), press("Actions for Shipping"))),
  agent("Tags: merging one", steps(dashboard("#/settings/tags"), press("Actions for Shipping"), press(/^Merge/, "menuitem"))),
  agent("Tags: archived ones", steps(dashboard("#/settings/tags"), press("Archived", "tab"))),
  agent("Tags: loading", steps((page) => held(page, "**/api/v1/tags*"), troubled("#/settings/tags"))),
  agent("Tags: cannot be loaded", steps((page) => failing(page, "**/api/v1/tags*"), troubled("#/settings/tags"))),
  agent("Tags: none yet", dashboard("#/settings/tags"), { stage: "empty" }),
  agent("People: inviting somebody", steps(dashboard("#/settings/people"), press("Invite"), (page) => page.getByRole("dialog").getByRole("combobox", { name: "Role" }).click())),
  agent("People: the link", steps(dashboard("#/settings/people"), press("Invite"), (page) => page.getByRole("textbox", { name: "E-mail address" }).fill(`pat-${Date.now()}@example.com`), (page) => page.getByRole("dialog").getByRole("button", { name: "Invite" }).click(), (page) => page.getByRole("group", { name: "The invitation’s link" }).waitFor())),
  agent("People: invitations", steps(dashboard("#/settings/people"), press(/^Invitations/, "tab"))),
  agent("People: what one can do", steps(dashboard("#/settings/people"), press(/^Actions for/))),
  agent("People: changing somebody", steps(dashboard("#/settings/people"), press(/^Actions for/), press("Edit…", "menuitem"))),
  agent("People: deactivating somebody", steps(dashboard("#/settings/people"), press(/^Actions for/), press("Deactivate…", "menuitem"), quiet)),
  agent("People: deleting somebody", steps(dashboard("#/settings/people"), press(/^Actions for/), press("Delete…", "menuitem"), quiet)),
  agent("People: nobody fits", steps(dashboard("#/settings/people"), (page) => page.getByRole("searchbox").fill("nobody at all"), (page) => page.getByRole("heading", { name: "Nobody fits" }).waitFor())),
  agent("People: loading", steps((page) => held(page, "**/api/v1/users*"), troubled("#/settings/people"))),
  agent("People: cannot be loaded", steps((page) => failing(page, "**/api/v1/users*"), troubled("#/settings/people"))),
  agent("People: a link for a forgotten password", steps(dashboard("#/settings/people"), press("Actions for Bo Lindqvist"), press("Link for a forgotten password…", "menuitem"), (page) => page.getByRole("group", { name: "The link for a new password" }).waitFor())),
  agent("People: in departments", steps(dashboard("#/settings/people"), press("Department", "combobox"))),
  agent("Departments: making one", steps(dashboard("#/settings/departments/new"), uncheck("Always open"))),
  agent("Departments: one of them", steps(dashboard("#/settings/departments"), press("Orders", "link"), (page) => page.getByRole("list", { name: "People" }).waitFor())),
  agent("Departments: what does not fit", steps(dashboard("#/settings/departments"), press("Orders", "link"), (page) => page.getByLabel("Monday, until").first().fill("14:00"), press("Add a holiday"), press("Save"), (page) => page.getByText("Enter a date.").waitFor())),
  agent("Departments: what one can do", steps(dashboard("#/settings/departments"), press("Actions for Orders"))),
  agent("Departments: archiving one", steps(dashboard("#/settings/departments"), press("Actions for Orders"), press("Archive…", "menuitem"))),
  agent("Departments: one that is in use", steps(dashboard("#/settings/departments"), press("Actions for Orders"), press("Delete…", "menuitem"))),
  agent("Departments: archived ones", steps(dashboard("#/settings/departments"), press("Archived", "tab"), quiet)),
  agent("Departments: none yet", dashboard("#/settings/departments"), { stage: "empty" }),
  agent("Departments: nothing fits", steps(dashboard("#/settings/departments"), (page) => page.getByRole("searchbox").fill("nothing at all"))),
  agent("Departments: loading", steps((page) => held(page, "**/api/v1/departments?*"), troubled("#/settings/departments"))),
  agent("Departments: cannot be loaded", steps((page) => failing(page, "**/api/v1/departments?*"), troubled("#/settings/departments"))),
  agent("Departments: gone", dashboard(`#/settings/departments/${idOf("department", "nowhere")}`)),
  agent("Roles: making one", steps(dashboard("#/settings/roles/new"), (page) => page.getByText(/conversations that you see/).waitFor())),
  agent("Roles: how far a right reaches", steps(dashboard("#/settings/roles"), press("Trainee", "link"), press("See conversations", "combobox"))),
  agent("Roles: one that is built in", steps(dashboard("#/settings/roles"), press(/^Agent$/, "link"))),
  agent("Roles: what one can do", steps(dashboard("#/settings/roles"), press("Actions for Trainee"))),
  agent("Roles: deleting one", steps(dashboard("#/settings/roles"), press("Actions for Trainee"), press("Delete…", "menuitem"))),
  agent("Roles: loading", steps((page) => held(page, "**/api/v1/roles?*"), (page) => held(page, "**/api/v1/roles"), troubled("#/settings/roles"))),
  agent("Roles: cannot be loaded", steps((page) => failing(page, "**/api/v1/roles"), troubled("#/settings/roles"))),
  agent("A listbox: the department", steps(dashboard(talk("Tomás Ferreira"), messages), (page) => page.keyboard.press("Escape"), (page) => page.keyboard.press("d"))),
  agent("First steps: put aside", steps(dashboard("#/conversations", (page) => page.getByRole("region", { name: "First steps" })), press("Put aside")), { stage: "empty" }),
  agent("First steps: beside the settings", dashboard("#/settings/people", (page) => page.getByRole("region", { name: "First steps" })), { stage: "empty" }),
  agent("My account: what one is told of", steps(dashboard("#/settings/account"), (page) => page.getByRole("combobox", { name: "Tell me of new messages in" }).click())),
  agent("My account: another address", steps(dashboard("#/settings/account"), press("Change address…"))),
  agent("My account: cannot be loaded", steps((page) => failing(page, "**/api/v1/auth/me"), troubled("#/settings/account"))),
  agent("Mail: another address", steps(dashboard("#/settings/mail"), press(/^(Enter|Change) address…$/))),
  agent("Forgotten password", steps(dashboard(""), press("Forgot your password?")), { who: "stranger" }),
  agent("An invitation that is over", dashboard("#invitation=spent", (page) => page.getByRole("heading", { name: "This invitation is over" })), { who: "stranger" }),
  agent("Resetting a password", dashboard("#reset=one", (page) => page.getByRole("button", { name: "Set password" })), { who: "stranger" }),
  agent("Confirming an address", dashboard("#email=one", (page) => page.getByRole("button", { name: "Confirm" })), { who: "stranger" }),
  agent("The settings", dashboard("#/settings")),
  agent("No such screen", dashboard("#/nowhere")),

  visitor("The launcher", (panel) => panel.launcher.waitFor()),
  visitor("Opened", (panel) => panel.open()),
  visitor("A first message", steps((panel) => panel.open(), (panel) => panel.say("Hello! Do you deliver to Ireland?"), (panel) => panel.shows("Hello! Do you deliver to Ireland?"))),
  visitor("A talk", steps((panel) => panel.open(), conversation("Hi! Will the fern I ordered be on Thursday’s boat?"))),
  visitor("A talk in Arabic", steps((panel) => panel.open(), conversation("مرحباً، هل يمكنكم توصيل طلبي يوم الخميس؟ رقم 1043"))),
  visitor("A message's menu", steps((panel) => panel.open(), (panel) => panel.say("Do you take old pots back?"), (panel) => panel.shows("Do you take old pots back?"), (panel) => panel.log.getByRole("button", { name: /^Change this message/ }).last().click())),
  visitor("The panel cannot load", steps((panel) => panel.page.route("**/panel/**", (route) => route.abort()), (panel) => panel.launcher.click(), (panel) => panel.page.waitForTimeout(3000))),
  visitor("Long words", steps((panel) => panel.open(), (panel) => panel.say("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft https://shop.example.com/checkout?step=2&basket=9f8e7d6c5b4a39281706f5e4d3c2b1a0#payment"))),
  visitor("Offline, and written all the same", steps((panel) => panel.open(), (panel) => panel.say("Before the tunnel"), (panel) => panel.page.context().setOffline(true), (panel) => panel.say("In the tunnel"), (panel) => panel.page.waitForTimeout(1500))),
  visitor("Closed by the team", steps((panel) => panel.open(), conversation("Thank you, that was all.", "closed"))),

  { group: "Pages", name: "Demo shop", stage: "team", who: "stranger", show: (page) => page.goto("/demo/"), whole: true },
  { group: "Pages", name: "API reference", stage: "team", who: "stranger", show: (page) => page.goto("/docs/") },
  { group: "Pages", name: "Unknown address", stage: "team", who: "stranger", show: (page) => page.goto("/nope") },
];

/** The visitor writes what nobody else has, and an agent answers; in the end the conversation may stand otherwise. */
function conversation(text, status) {
  return async (panel, stage) => {
    await panel.say(text);
    const api = await stage.api();
    const written = ({ lastMessage }) => lastMessage?.preview === text;
    // The list is some seconds behind.
    const found = await until(async () => (await api.get("conversations?limit=50")).items.find(written) ?? false, "the list has the conversation");
    await api.say(found.id, "Hello! Let me look it up for you.", "It is packed, and leaves at nine in the morning. Is there anything else?");
    await panel.frame.getByText("It is packed").waitFor();
    if (status) {
      await api.change(found.id, { status });
      await panel.page.waitForTimeout(500);
    }
  };
}
