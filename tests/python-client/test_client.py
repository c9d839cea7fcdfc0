"""What docs/PROTOCOL.md promises, tried by a client in another language on the built Worker."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from websockets.exceptions import ConnectionClosed, InvalidStatus

from voxora import Api, Inbox, Problem, Refused, Room, fresh_client_id

REPOSITORY = Path(__file__).parents[2]
SETUP_TOKEN = "setup-token-of-the-python-client"
BINDINGS = {"JWT_SECRET": "a-secret-of-the-python-client-of-more-than-32-characters", "SETUP_TOKEN": SETUP_TOKEN}


class Server:
    """The built Worker in workerd, on a folder of its own. It ends when its standard input does."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="voxora-python-")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.start()

    def start(self):
        options = {"port": self.port, "persist": f"{self.folder.name}/state", "bindings": BINDINGS, "rateLimit": 1_000_000}
        self.process = subprocess.Popen(
            [REPOSITORY / "node_modules/.bin/node", REPOSITORY / "tests/harness/serve.mjs", json.dumps(options)],
            env={**os.environ, "TMPDIR": self.folder.name, "WRANGLER_SEND_METRICS": "false"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.origin = json.loads(self.process.stdout.readline())["ready"]["url"]

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.wait()

    def wait(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def stop(self):
        self.wait()
        self.folder.cleanup()


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(lambda: cls.server.stop())
        cls.nobody = Api(cls.server.origin)
        admin = {"setupToken": SETUP_TOKEN, "name": "Ada", "email": "ada@example.com", "password": "correct horse battery"}
        session = cls.nobody.call("POST", "/setup", admin)
        cls.agent = Api(cls.server.origin, session["accessToken"])
        cls.user = session["user"]

    def begin(self, text="Hello"):
        visitor, session = self.nobody.visitor()
        started = visitor.start(text)
        return visitor, session, started["conversation"]["id"]

    def join(self, text="Hello"):
        visitor, _, conversation = self.begin(text)
        rooms = [Room(api, conversation) for api in (visitor, self.agent)]
        for room in rooms:
            self.addCleanup(room.close)
        return rooms

    def refused(self, code, room, frame):
        with self.assertRaises(Refused) as refusal:
            room.ask(frame)
        self.assertEqual(refusal.exception.code, code)

    def test_two_people_chat(self):
        visitor, agent = self.join()
        self.assertEqual(agent.welcome["you"], {"kind": "agent", "id": self.user["id"], "name": "Ada"})
        said = visitor.say("Where is my oder?")["seq"]
        visitor.ask({"type": "edit", "target": said, "text": "Where is my order?"})
        answer = agent.say("Here 🦊")["seq"]
        deleted = agent.say("No, there")["seq"]
        agent.ask({"type": "delete", "target": deleted})
        agent.send({"type": "read", "upTo": said})
        agent.wait(lambda frame: frame["type"] == "event" and frame["kind"] == "read")
        visitor.reach(agent.head)
        self.assertEqual(visitor.events, agent.events)
        self.assertEqual(visitor.texts(), ["Hello", "Where is my order?", "Here 🦊", ""])
        self.assertEqual(visitor.events[answer]["actor"]["name"], "Ada")
        self.assertEqual(list(visitor.events), list(range(1, agent.head + 1)))

    def test_a_note_never_reaches_a_visitor(self):
        visitor, agent = self.join()
        note = agent.say("Watch out", kind="note")["seq"]
        agent.ask({"type": "edit", "target": note, "text": "All is well"})
        after = agent.say("How can I help?")["seq"]
        visitor.reach(after)
        self.assertEqual(visitor.texts(), ["Hello", "How can I help?"])
        self.assertEqual(visitor.events[after]["prev"], 1)
        self.assertEqual(agent.texts(), ["Hello", "All is well", "How can I help?"])
        self.refused("forbidden", visitor, {"type": "send", "kind": "note", "text": "Me too"})
        self.refused("no_such_message", visitor, {"type": "edit", "target": note, "text": "Mine"})

    def test_whoever_comes_back_has_missed_nothing(self):
        visitor, agent = self.join()
        visitor.close()
        for number in range(15):
            agent.say(f"Message {number}")
        back = Room(visitor.api, visitor.conversation, log=visitor)
        self.addCleanup(back.close)
        self.assertEqual(back.events, agent.events)
        history = self.agent.history(visitor.conversation)
        self.assertEqual(history, list(agent.events.values()))
        late = Room(visitor.api, visitor.conversation)
        self.addCleanup(late.close)
        self.assertEqual(late.events, agent.events)

    def test_a_gap_is_seen_and_closed(self):
        visitor, agent = self.join()
        agent.say("one")
        last = agent.say("two")["seq"]
        visitor.reach(last)
        # As if the first of them had been lost on the way.
        del visitor.events[last - 1], visitor.events[last]
        visitor.head = last - 2
        visitor.reach(agent.say("three")["seq"])
        self.assertEqual(visitor.events, agent.events)

    def test_a_repeat_is_stored_once_and_a_name_is_for_one_thing(self):
        visitor, _ = self.join()
        name = fresh_client_id()
        first = visitor.say("Once", clientId=name)
        again = visitor.say("Once", clientId=name)
        self.assertEqual((first["duplicate"], again["duplicate"]), (False, True))
        self.assertEqual((first["seq"], first["at"]), (again["seq"], again["at"]))
        self.refused("client_id_reused", visitor, {"type": "send", "kind": "message", "text": "Twice", "clientId": name})
        self.assertEqual(visitor.texts(), ["Hello", "Once"])
        started = visitor.api.start("Hello", client_id=name)
        self.assertFalse(started["duplicate"], "another conversation has names of its own")
        self.assertTrue(visitor.api.start("Hello", client_id=name)["duplicate"])

    def test_what_is_wrong_is_refused_by_name(self):
        visitor, agent = self.join()
        message = {"type": "send", "kind": "message"}
        self.refused("empty_message", visitor, {**message, "text": " \u200b\n"})
        self.refused("message_too_long", visitor, {**message, "text": "x" * 10_001})
        self.refused("no_such_message", visitor, {"type": "delete", "target": 99})
        self.refused("forbidden", visitor, {"type": "edit", "target": agent.say("Mine")["seq"], "text": "Yours"})
        for code, frame in [
            ("invalid_client_id", {**message, "text": "x", "clientId": "not a name"}),
            ("unknown_frame", {"type": "shout"}),
            ("malformed_frame", {"type": "send"}),
            ("malformed_frame", [{"type": "read", "upTo": 1}]),
        ]:
            visitor.send(frame)
            self.assertEqual(visitor.wait_for("error")["code"], code, frame)
        visitor.ping()
        self.agent.call("PATCH", f"/conversations/{visitor.conversation}", {"status": "closed"})
        self.refused("conversation_closed", visitor, {**message, "text": "Still there?"})

    def test_presence_and_typing_are_seen(self):
        visitor, agent = self.join()
        present = visitor.wait(lambda frame: frame["type"] == "presence" and frame["online"])
        self.assertEqual(present["actor"]["name"], "Ada")
        visitor.send({"type": "typing", "active": True})
        self.assertTrue(agent.wait_for("typing")["active"])
        agent.close()
        visitor.wait(lambda frame: frame["type"] == "presence" and not frame["online"])

    def test_status_is_news_for_everyone(self):
        visitor, agent = self.join()
        resolved = {"status": "resolved", "assigneeId": self.user["id"]}
        conversation = self.agent.call("PATCH", f"/conversations/{visitor.conversation}", resolved)
        self.assertEqual(conversation["status"], "resolved")
        visitor.say("One more thing")
        visitor.wait(lambda frame: frame.get("kind") == "status_changed" and frame["payload"]["status"] == "open")
        agent.reach(visitor.head)
        opened = agent.events[visitor.head]
        self.assertEqual((opened["actor"]["kind"], opened["payload"]), ("system", {"status": "open"}))

    def test_the_inbox_tells_what_changes(self):
        inbox = Inbox(self.agent)
        self.addCleanup(inbox.close)
        visitor, agent = self.join("Anybody?")
        seen = inbox.change(visitor.conversation, lambda summary: summary["unread"] == 1)
        self.assertEqual(seen["conversation"]["lastMessage"]["preview"], "Anybody?")
        answer = agent.say("Yes")["seq"]
        seen = inbox.change(visitor.conversation, lambda summary: summary["head"] >= answer)
        later = Inbox(self.agent, after=seen["seq"] - 1)
        self.addCleanup(later.close)
        self.assertIn(visitor.conversation, [change["conversation"]["id"] for change in later.changes])

    def test_nobody_gets_in_without_a_good_token(self):
        _, _, conversation = self.begin()
        stranger, _ = self.nobody.visitor()
        for api, status in [(Api(self.server.origin, "forged"), 401), (stranger, 403)]:
            with self.assertRaises(InvalidStatus) as refusal:
                Room(api, conversation)
            self.assertEqual(refusal.exception.response.status_code, status)
            with self.assertRaises(Problem):
                api.history(conversation)

    def test_a_socket_is_renewed_in_place(self):
        visitor, session, conversation = self.begin()
        room = Room(visitor, conversation)
        self.addCleanup(room.close)
        fresh, _ = self.nobody.visitor(session["renewalToken"])
        room.send({"type": "renew", "token": fresh.token})
        self.assertGreaterEqual(room.wait_for("renewed")["until"], room.welcome["until"])
        stranger, _ = self.nobody.visitor()
        room.send({"type": "renew", "token": stranger.token})
        self.assertEqual(room.wait_for("error")["code"], "forbidden")

    def test_what_was_acked_outlives_a_kill(self):
        visitor, agent = self.join()
        unacked = {}
        for number in range(40):
            name = fresh_client_id()
            frame = {"type": "send", "kind": "message", "text": f"Message {number}", "clientId": name}
            unacked[name] = frame
            if number == 13:
                # It is on its way when the power goes.
                visitor.send(frame)
                self.server.kill()
                self.server.start()
            try:
                visitor.patiently(frame)
            except ConnectionClosed:
                visitor = Room(visitor.api, visitor.conversation, log=visitor)
                self.addCleanup(visitor.close)
                visitor.patiently(frame)
            del unacked[name]
        self.assertEqual(visitor.texts(), ["Hello"] + [f"Message {number}" for number in range(40)])
        self.assertEqual(self.agent.history(visitor.conversation), list(visitor.events.values()))


if __name__ == "__main__":
    unittest.main()
