"""A client of Voxora, written from docs/PROTOCOL.md and docs/API.md alone.

It shares no line with the product's own clients, so what it needed to be told is on those two pages. It speaks one frame at
a time and waits for what it wants to hear: made to be read and to try the protocol, not to be fast.
"""

import json
import secrets
import time
import urllib.error
import urllib.request
from contextlib import suppress

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

# How long a test waits before it says that something hangs.
PATIENCE = 30


class Problem(Exception):
    """A problem document."""

    def __init__(self, status, problem):
        super().__init__(f"{status} {problem}")
        self.status = status
        self.code = problem["code"]


class Refused(Exception):
    """An `error` frame."""

    def __init__(self, frame):
        super().__init__(str(frame))
        self.frame = frame
        self.code = frame["code"]


def fresh_client_id():
    return secrets.token_urlsafe(16)


class Api:
    """The REST API, as someone or as nobody."""

    def __init__(self, origin, token=None):
        self.origin = origin
        self.token = token

    def call(self, method, path, body=None):
        request = urllib.request.Request(f"{self.origin}/api/v1{path}", method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("content-type", "application/json")
        if self.token:
            request.add_header("authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise Problem(error.code, json.load(error)) from None

    def visitor(self, renewal_token=None):
        """A visitor's session; with a good renewal token, that of the same visitor."""
        body = {"renewalToken": renewal_token} if renewal_token else {}
        session = self.call("POST", "/widget/session", body)
        return Api(self.origin, session["accessToken"]), session

    def start(self, text, client_id=None):
        body = {"clientId": client_id or fresh_client_id(), "text": text}
        return self.call("POST", "/conversations", body)

    def history(self, conversation):
        """The whole history, each event in full."""
        events, after, more = [], 0, True
        while more:
            page = self.call("GET", f"/conversations/{conversation}/events?after={after}&limit=200")
            people = {int(number): actor for number, actor in page["people"].items()}
            prev = page["prev"]
            for event in page["events"]:
                event.setdefault("prev", event["seq"] - 1)
                assert event["prev"] == prev, f"a gap before {event}"
                prev = event["seq"]
                events.append(in_full(event, people))
            after, more = prev, page["more"]
        return events


def in_full(event, people):
    """An event with its author in place of a number."""
    event = dict(event)
    actor = event.pop("actor", None)
    by = event.pop("by")
    event["actor"] = actor or people[by]
    return event


class Socket:
    """A socket of the protocol; frames that nobody has waited for yet are kept in order."""

    def __init__(self, api, path, after):
        query = "" if after is None else f"?after={after}"
        url = api.origin.replace("http", "ws", 1) + f"/api/v1{path}/socket{query}"
        subprotocols = ["voxora.v1", f"bearer.{api.token}"]
        # "legacy" is the library's word for a connection that no `with` block encloses.
        self.socket = connect(url, subprotocols=subprotocols, open_timeout=PATIENCE, legacy=True)
        assert self.socket.subprotocol == "voxora.v1"
        self.kept = []
        # What came in one message with the frame before it.
        self.lines = []

    def send(self, frame):
        self.socket.send(json.dumps(frame))

    def receive(self):
        """The next frame."""
        if not self.lines:
            self.lines = self.socket.recv(timeout=PATIENCE).split("\n")
        text = self.lines.pop(0)
        return {"type": "pong"} if text == "pong" else json.loads(text)

    def wait(self, wanted):
        """The first frame that is wanted, among those kept and those to come."""
        for place, frame in enumerate(self.kept):
            if wanted(frame):
                return self.kept.pop(place)
        while True:
            frame = self.receive()
            if wanted(frame):
                return frame
            self.kept.append(frame)

    def wait_for(self, kind):
        return self.wait(lambda frame: frame["type"] == kind)

    def ping(self):
        self.socket.send("ping")
        self.wait_for("pong")

    def close(self):
        self.socket.close()

    def closed(self):
        """Reads until the other side closes; gives its code."""
        with suppress(ConnectionClosed):
            while True:
                self.receive()
        return self.socket.close_code


class Room(Socket):
    """A participant of a conversation: what it knows of it is always without a gap."""

    def __init__(self, api, conversation, log=None):
        self.api = api
        self.conversation = conversation
        self.events = dict(log.events) if log else {}
        self.head = log.head if log else 0
        self.people = {}
        self.waiting_for_page = True
        super().__init__(api, f"/conversations/{conversation}", log.head if log else None)
        self.knows_base = log is not None
        self.welcome = self.wait_for("welcome")
        self.catch_up()

    def receive(self):
        frame = super().receive()
        if frame["type"] == "page":
            self.people.update({int(number): actor for number, actor in frame["people"].items()})
            if not self.knows_base:
                self.head, self.knows_base = frame["prev"], True
            assert frame["prev"] <= self.head, f"the page leaves a gap after {self.head}: {frame}"
            for event in frame["events"]:
                self.take(event)
            self.waiting_for_page = frame["more"]
            if frame["more"]:
                self.send({"type": "resume", "after": self.head})
        if frame["type"] == "event":
            if "actor" in frame:
                self.people[frame["by"]] = frame["actor"]
            if not self.waiting_for_page and not self.take(frame):
                self.waiting_for_page = True
                self.send({"type": "resume", "after": self.head})
        return frame

    def take(self, event):
        """Adds the next event; says whether it could, or had it."""
        event = {name: value for name, value in event.items() if name != "type"}
        event.setdefault("prev", event["seq"] - 1)
        if event["seq"] <= self.head:
            return True
        if event["prev"] != self.head:
            return False
        self.head = event["seq"]
        event = in_full(event, self.people)
        self.events[event["seq"]] = event
        self.apply(event)
        return True

    def apply(self, event):
        """Every event sets, none adds: an edit or deletion changes what its target says."""
        target = self.events.get(event["payload"].get("target"))
        if not target:
            return
        if event["kind"] == "message_edited":
            target["payload"] = {"text": event["payload"]["text"], "editedAt": event["at"]}
        if event["kind"] == "message_deleted":
            target["payload"] = {"text": "", "deletedAt": event["at"]}

    def catch_up(self):
        while self.waiting_for_page:
            self.kept.append(self.receive())

    def reach(self, seq):
        while self.head < seq or self.waiting_for_page:
            self.kept.append(self.receive())

    def ask(self, frame):
        """Sends something that is answered by an ack, and waits for it."""
        frame = {"clientId": fresh_client_id(), **frame}
        self.send(frame)
        return self.answer(frame["clientId"])

    def answer(self, client_id):
        answer = self.wait(lambda frame: frame["type"] in ("ack", "error") and frame.get("clientId") == client_id)
        if answer["type"] == "error":
            raise Refused(answer)
        return answer

    def say(self, text, kind="message", **more):
        return self.ask({"type": "send", "kind": kind, "text": text, **more})

    def patiently(self, frame):
        """The same, at the pace that the room allows."""
        while True:
            self.send(frame)
            try:
                return self.answer(frame["clientId"])
            except Refused as refusal:
                if refusal.code != "rate_limited":
                    raise
                time.sleep(refusal.frame["retryAfterMs"] / 1000)

    def texts(self):
        said = (event for event in self.events.values() if event["kind"] in ("message", "note"))
        return [event["payload"]["text"] for event in said]


class Inbox(Socket):
    """A dashboard that follows what changes."""

    def __init__(self, api, after=None):
        super().__init__(api, "/inbox", after)
        self.welcome = self.wait_for("welcome")
        self.changes = []
        more = True
        while more:
            page = self.wait(lambda frame: frame["type"] in ("page", "snapshot"))
            self.changes += page["changes"]
            # A snapshot is all at once.
            more = page.get("more", False)
            if more:
                self.send({"type": "resume", "after": self.changes[-1]["seq"]})

    def change(self, conversation, wanted):
        return self.wait(
            lambda frame: frame["type"] == "change"
            and frame["conversation"]["id"] == conversation
            and wanted(frame["conversation"])
        )
