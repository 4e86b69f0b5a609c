"""Sends what no client should to every route of a running service, over plain sockets.

Usage: hostile.py HOST PORT KEY OPERATOR_KEY OPENAPI_JSON_FILE EXISTING_JSON_FILE

Each request must be answered with a 2xx or 4xx, or its connection closed; never with a 5xx, never by silence, and no answer
may hold a stack trace, a path of the machine, a text of the sources, a secret, or another tenant's name or ids. The last file
holds `{"things": {path: [value, …]}, "never": […], "never_to_tenants": […]}`: values for the first placeholder of each path that
begins so. Prints one line a violation, then how many requests were sent.
"""

import json
import re
import socket
import sys
import threading
import uuid

host, port, tenant_key, operator_key = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
document, existing = json.load(open(sys.argv[5])), json.load(open(sys.argv[6]))
key = tenant_key
LEAK = re.compile(rb"\.swift|Fatal error|/Sources/|/home/|Stack dump|0x[0-9a-f]{12}|SELECT |INSERT |SQLITE_|libpq", re.I)
PATIENCE = 12
sent = 0
violations = []


def exchange(data):
    """The whole answer, or b'' for a connection that was closed without one, or None for silence."""
    global sent
    sent += 1
    with socket.create_connection((host, port), PATIENCE) as connection:

        def send():
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # closed while we were sending: an answer may still be there

        # A server may answer before it has read all, and read no further.
        threading.Thread(target=send, daemon=True).start()
        answer = b""
        try:
            while not is_whole(answer):
                part = connection.recv(65536)
                if not part:
                    return answer
                answer += part
            return answer
        except TimeoutError:
            return answer or None
        except OSError:
            return answer


def is_whole(answer):
    head, separator, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.I)
    return len(answer) > 4 << 20 or bool(separator and length and len(body) >= int(length.group(1)))


def judge(what, answer, allowed_5xx=()):
    if answer is None:
        violations.append(f"{what}: silence")
        return
    if answer == b"":
        return
    first = answer.split(b"\r\n", 1)[0]
    match = re.match(rb"HTTP/1\.[01] (\d{3})", first)
    if not match:
        violations.append(f"{what}: no HTTP: {first[:80]!r}")
        return
    status = int(match.group(1))
    if status >= 500 and status not in allowed_5xx:
        violations.append(f"{what}: {status} {answer[-400:]!r}")
    body = answer.split(b"\r\n\r\n", 1)[-1]
    if leak := LEAK.search(body):
        violations.append(f"{what}: leaks {leak.group(0)!r} in {body[:300]!r}")
    for text in existing["never"] + (existing["never_to_tenants"] if key == tenant_key else []):
        if text.encode() in answer:
            violations.append(f"{what}: tells {text[:20]}… in {answer[:600]!r}")


def request(method, path, headers=(), body=b"", authorized=True, version="HTTP/1.1"):
    lines = [f"{method} {path} {version}".encode("latin-1"), f"Host: {host}:{port}".encode(), b"Connection: close"]
    if authorized:
        lines.append(f"Authorization: Bearer {key}".encode())
    lines += [h if isinstance(h, bytes) else h.encode("latin-1") for h in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def with_body(method, path, body, kind="application/json", **more):
    return request(method, path, [f"Content-Type: {kind}", f"Content-Length: {len(body)}"], body, **more)


DEEP = b"[" * 100_000
BODIES = {
    "empty": b"",
    "no JSON": b"{",
    "deep": DEEP,
    "deep object": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "deep input": b'{"template":"document-processing","input":' + b"[" * 400 + b"]" * 400 + b"}",
    "invalid UTF-8": b'{"template":"\xff\xfe"}',
    "lone surrogate": b'{"template":"\\ud800"}',
    "NUL": b'{"template":"a\\u0000b","name":"\\u0000","value":"\\u0000","url":"\\u0000"}',
    "huge number": b'{"template":' + b"9" * 10_000 + b"}",
    "exponent": b'{"limit":1e999999999,"priority":1e400}',
    "array": b"[]",
    "string": b'"text"',
    "null": b"null",
    "many members": b"{" + b",".join(b'"k%d":1' % i for i in range(50_000)) + b"}",
    "same member twice": b'{"template":"a","template":"b"}',
    "long key": b'{"' + b"k" * 1_000_000 + b'":1}',
    "wrong types": b'{"template":[],"input":7,"ai_enhanced":"yes","version":{},"tags":{},"priority":"x","name":5,"url":{},"value":1}',
    "too large": b'{"template":"' + b"x" * (5 << 20) + b'"}',
}
HEADERS = {
    "no type": b"Content-Type: ",
    "strange type": b"Content-Type: application/json; charset=\xff",
    "negative length": b"Content-Length: -1",
    "no number": b"Content-Length: 5x",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3",
    "length and chunks": b"Content-Length: 2\r\nTransfer-Encoding: chunked",
    "control characters": b"X-Request-Id: a\x01b\x7f",
    "long id": b"X-Request-Id: " + b"a" * 5000,
    "bad trace": b"traceparent: 00-zz-zz-zz",
    "last event": b"Last-Event-ID: ../../etc/passwd\xff",
    "idempotency": b"Idempotency-Key: " + b"k" * 5000,
    "huge header": b"X-Big: " + b"h" * 200_000,
    "many headers": b"\r\n".join(b"X-%d: 1" % i for i in range(3000)),
    "no colon": b"just a line",
    "folded": b"X-A: b\r\n c",
    "range": b"Range: bytes=9-1,-,99999999999999999999-",
    "accept": b"Accept: \xff/\xff;q=x",
}
PARAMETERS = [
    "?limit=99999999999999999999999", "?limit=-1", "?cursor=%00", "?cursor=" + "A" * 5000, "?status=%ff%fe", "?wait=1e9",
    "?" + "&".join(f"a{i}=1" for i in range(3000)), "?%", "?=&=&&", "?limit=1&limit=2", "?tag='%20OR%201=1--", "?template=%00",
    "?started_after=99999-13-45", "?window=9999999d", "?format=%0d%0aX-Injected:%201", "?level=%27%3B",
]
IDS = [
    "..%2f..%2fetc%2fpasswd", "%00", "%ff", "'", "a" * 5000, "0", "-1", "00000000-0000-0000-0000-00000000000g",
    "%252e%252e", "null", str(uuid.uuid4()).upper(), "{id}", "%0d%0aSet-Cookie:x=1",
]
PLAIN = [
    b"\r\n\r\n", b"\x00" * 1000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET " + b"/" * 100_000 + b" HTTP/1.1\r\n\r\n", b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", b"G\xc3\x8bT / HTTP/1.1\r\n\r\n",
    b"GET http://169.254.169.254/latest HTTP/1.1\r\nHost: a\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
]

for raw in PLAIN:
    judge(f"raw {raw[:30]!r}", exchange(raw), allowed_5xx=(501, 505))



def filled(template):
    """With a thing that there is, where one is known."""
    matching = [prefix for prefix in existing["things"] if template.startswith(prefix)]
    if matching:
        template = re.sub(r"\{[^}]*\}", existing["things"][max(matching, key=len)][0], template, count=1)
    return re.sub(r"\{[^}]*\}", str(uuid.uuid4()), template)


# What deletes comes last, so that the others find something.
METHODS = ("get", "put", "post", "patch", "head", "options", "delete")
for method, (template, item) in ((method, entry) for method in METHODS for entry in document["paths"].items()):
    verb, path = method.upper(), filled(template)
    ways = item.get(method, {}).get("security") or []
    key = operator_key if any("operator" in way for way in ways) else tenant_key
    judge(f"{verb} {template} without a key", exchange(request(verb, path, authorized=False)))
    if method not in item:
        judge(f"{verb} {template}", exchange(request(verb, path)))
        continue
    if method in ("post", "put", "patch"):
        for name, body in BODIES.items():
            judge(f"{verb} {template}, body: {name}", exchange(with_body(verb, path, body)))
        judge(f"{verb} {template}, XML", exchange(with_body(verb, path, b"<a/>", kind="application/xml")))
        cut = request(verb, path, ["Content-Type: application/json", "Content-Length: 100"], b"{")
        judge(f"{verb} {template}, cut off", exchange(cut))
        chunks = request(verb, path, ["Transfer-Encoding: chunked"], b"ffffffffffffffff\r\n{}\r\n0\r\n\r\n")
        judge(f"{verb} {template}, chunk", exchange(chunks))
    for name, header in HEADERS.items():
        judge(f"{verb} {template}, header: {name}", exchange(request(verb, path, [header])))
    for parameters in PARAMETERS:
        judge(f"{verb} {template}{parameters[:40]}", exchange(request(verb, path + parameters)))
    if "{" in template:
        for id in IDS:
            judge(f"{verb} {template} with {id[:40]}", exchange(request(verb, re.sub(r"\{[^}]*\}", id, template))))
key = tenant_key

for credential in ["", "x", "Bearer", "Bearer ", "Bearer wfs_" + "a" * 43, "Bearer " + "a" * 9000, "Basic %%%", "Basic OjpubyBrZXk=",
                   "Bearer eyJhbGciOiJub25lIn0.e30.", "Negotiate YII=", "Bearer \xff"]:
    answer = exchange(request("GET", "/workflows/executions", [f"Authorization: {credential}"], authorized=False))
    judge(f"credential {credential[:20]}", answer)
    if answer and not re.match(rb"HTTP/1\.1 (400|401|429|431)", answer):
        violations.append(f"credential {credential[:20]}: {answer[:60]!r}")

healthy = exchange(request("GET", "/workflows/health"))
if not healthy or not healthy.startswith(b"HTTP/1.1 200"):
    violations.append(f"not healthy afterwards: {healthy!r}")
for line in violations[:50]:
    print(line)
print(f"{sent} requests, {len(violations)} violations")
sys.exit(1 if violations else 0)
