"""Takes the service's webhooks on a port of this machine, verifies each message and prints it as a line of JSON.

    WEBHOOK_SECRET=whsec_… python receiver.py 9000
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
seen: set[str] = set()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            # The signature, and that the message is not older than five minutes.
            event = webhook.verify(body, {name.lower(): value for name, value in self.headers.items()})
        except WebhookVerificationError as error:
            print(json.dumps({"refused": str(error)}), flush=True)
            return self.answer(400)
        message = self.headers["webhook-id"]
        # Messages may come twice; one that has been dealt with is answered as the first time.
        if message not in seen:
            seen.add(message)
            print(json.dumps({"id": message, **event}), flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
