"""Hooks of schemathesis: ids of things that there are, and what no answer may tell.

The file that EXISTING names holds `{"things": {path: [value, …]}, "never": […], "never_to_tenants": […]}`: values for the
first placeholder of each path that begins so.
"""

import json
import os
import re
import uuid
import zlib

import schemathesis

existing = json.load(open(os.environ["EXISTING"]))
# Streams of open executions do not end; the first execution is closed.
STREAMS = ("watchExecution", "listExecutionLogs")
reached, tried = set(), set()


def things(path):
    matching = [prefix for prefix in existing["things"] if path.startswith(prefix)]
    return existing["things"][max(matching, key=len)] if matching else []


def is_id(value):
    try:
        return str(uuid.UUID(value)) == value
    except (AttributeError, TypeError, ValueError):
        return False


@schemathesis.hook
def before_call(context, case, **kwargs):
    placeholders = re.findall(r"\{(\w+)\}", case.operation.path)
    values = things(case.operation.path)
    if not placeholders or not values:
        return
    name = placeholders[0]
    value = (case.path_parameters or {}).get(name)
    is_stream = case.operation.definition.raw.get("operationId") in STREAMS
    if not isinstance(value, str) or (name == "id" and not is_id(value)):
        return
    # Every other id stays one that there is not.
    chosen = zlib.crc32(value.encode())
    if is_stream:
        case.path_parameters[name] = values[0]
    elif chosen % 2:
        case.path_parameters[name] = values[chosen // 2 % len(values)]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """OpenAPI 3.1 describes a stream as one text, and schemathesis holds each of its events against that."""
    is_stream = "text/event-stream" in str(response.headers.get("content-type"))
    return not (is_stream and failure.code == "ST108")


@schemathesis.check
def tells_nothing(context, response, case):
    """No answer holds a secret, a key, a path of the machine, or another tenant's name or ids."""
    texts = list(existing["never"])
    ways = case.operation.definition.raw.get("security") or []
    if not any("operator" in way for way in ways):
        texts += existing["never_to_tenants"]
    for text in texts:
        told = text.encode() in response.content or text in str(response.headers)
        assert not told, f"tells {text[:20]}…"


@schemathesis.check
class ThingsAreReached:
    """Each GET of a thing that there is was answered with it at least once."""

    def after_response(self, context, response, case):
        operation = case.operation
        if operation.method.lower() == "get" and "{" in operation.path and things(operation.path):
            tried.add(operation.label)
            if response.status_code < 300:
                reached.add(operation.label)

    def after_run(self, context):
        assert tried <= reached, f"never reached: {sorted(tried - reached)}"
