"""What schemathesis must be told about this product: how some bodies are written, and what there is to ask about."""

import json
import os
import random
import re

import schemathesis

CONVERSATION = os.environ["CONTRACT_CONVERSATION"]
USER = os.environ["CONTRACT_USER"]
SEED = os.environ["CONTRACT_SEED"]


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else json.dumps(value).encode()


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """A made-up id is nobody's. Most requests are about a conversation that there is."""
    if path_parameters and is_id(path_parameters.get("id")) and chance(path_parameters) < 0.8:
        return {**path_parameters, "id": CONVERSATION}
    return path_parameters


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict) and is_id(body.get("assigneeId")) and chance(body) < 0.5:
        return {**body, "assigneeId": USER}
    return body


def is_id(value):
    """What was made up to be refused is left as it is, or a good request would be taken for a bad one that was let in."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value) is not None


def chance(of):
    """The same for the same input, so that a run can be repeated."""
    return random.Random(f"{SEED} {of!r}").random()
