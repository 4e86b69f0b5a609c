"""Sends bodies of requests byte by byte, or steadily at the pace of a slow line, over plain sockets.

Usage: slow.py HOST PORT KEY OPERATOR_KEY

Prints a JSON object: by case the status, the code of the problem, and after how many seconds the connection was closed
(null: it was not within 70).
"""

import json
import socket
import sys
import threading
import time

host, port, key, operator = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
PATIENCE = 70
JSON, FILE = "application/json", "text/plain"
# path, key, type, length, bytes a second
CASES = {
    "json": ("/workflows/execute", key, JSON, 5_000, 1),
    "document": ("/workflows/documents", key, FILE, 1_000_000, 1),
    "codec": ("/codec/decode", operator, JSON, 5_000, 1),
    "refused": ("/workflows/documents", "wfs_none", FILE, 1_000_000, 1),
    "steady": ("/workflows/documents", key, FILE, 40 * 24_000, 24_000),
}
results = {}


def run(name, path, bearer, kind, length, rate):
    began = time.monotonic()
    result = results[name] = {"status": 0, "code": None, "closed": None}
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {bearer}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    )
    with socket.create_connection((host, port), PATIENCE) as connection:
        connection.sendall(head.encode())
        connection.settimeout(1)
        answer, sent = b"", 0
        while time.monotonic() - began < PATIENCE:
            try:
                if sent < length:
                    sent += connection.send(b"x" * min(rate, length - sent))
                part = connection.recv(65536)
                if not part:
                    result["closed"] = time.monotonic() - began
                    break
                answer += part
                time.sleep(1)
            except TimeoutError:
                pass
            except OSError:
                result["closed"] = time.monotonic() - began
                break
            if name == "steady" and answer:
                break
    head, _, body = answer.partition(b"\r\n\r\n")
    if head:
        result["status"] = int(head.split()[1])
    try:
        result["code"] = json.loads(body).get("code")
    except ValueError:
        pass


threads = [threading.Thread(target=run, args=(name, *case)) for name, case in CASES.items()]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(results))
