"""A small connector for LivePerson's Connector API, to show how one is tested."""

import base64
import hashlib
import hmac
import json
import queue
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Connector:
    def __init__(self, csds, account, client_id, client_secret):
        self.csds, self.account = csds, account
        self.client_id, self.client_secret = client_id, client_secret
        self.changes = queue.Queue()
        self._hosts, self._app_jwt = {}, None

    def _service(self, name):
        """The address of a service, as the Domain API has it."""
        if name not in self._hosts:
            url = f"{self.csds}/api/account/{self.account}/service/{name}/baseURI.json?version=1.0"
            scheme = urllib.parse.urlsplit(self.csds).scheme
            self._hosts[name] = f"{scheme}://{self._fetch(url)['baseURI']}"
        return self._hosts[name]

    def _fetch(self, url, data=None, headers=None, tries=3):
        """Fetches JSON. What the cloud cannot do just now is tried again."""
        request = urllib.request.Request(url, data, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                if (error.code != 429 and error.code < 500) or tries == 1:
                    raise
            time.sleep(0.1)
            return self._fetch(url, data, headers, tries - 1)

    def _post(self, service, path, body, headers=None):
        headers = {"Content-Type": "application/json", **(headers or {})}
        return self._fetch(self._service(service) + path, json.dumps(body).encode(), headers)

    def consumer(self, name):
        """A consumer, by the name that the connector has for them."""
        if self._app_jwt is None:
            path = f"/sentinel/api/account/{self.account}/app/token?v=1.0&grant_type=client_credentials"
            form = urllib.parse.urlencode({"client_id": self.client_id, "client_secret": self.client_secret})
            self._app_jwt = self._fetch(self._service("sentinel") + path, form.encode())["access_token"]
        headers = {"Authorization": self._app_jwt}
        path = f"/api/account/{self.account}/consumer?v=1.0"
        token = self._post("idp", path, {"ext_consumer_id": name}, headers)["token"]
        return Consumer(self, {**headers, "X-LP-ON-BEHALF": token})

    def listen(self):
        """Takes webhooks, and returns where. The changes of signed ones come to `changes`."""
        connector = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_signed = connector._is_signed(body, self.headers.get("X-Liveperson-Signature", ""))
                self.send_response(200 if is_signed else 401)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if is_signed:
                    for change in json.loads(body)["body"]["changes"]:
                        connector.changes.put(change)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _is_signed(self, body, signature):
        algorithm = signature.partition("=")[0]
        if algorithm not in ("sha1", "sha256"):
            return False
        digest = hmac.new(self.client_secret.encode(), body, getattr(hashlib, algorithm)).digest()
        right = f"{algorithm}={base64.b64encode(digest).decode()}"
        return hmac.compare_digest(right.encode(), signature.encode())


class Consumer:
    def __init__(self, connector, headers):
        self._connector, self._headers = connector, headers
        self._path = f"/api/account/{connector.account}/messaging/consumer/conversation"

    def _ask(self, path, body):
        return self._connector._post("asyncMessagingEnt", self._path + path, body, self._headers)

    def open(self):
        """Opens a conversation, and returns its conversationId."""
        answer = self._ask("?v=3", [
            {"kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {}},
            {"kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation",
             "body": {"brandId": self._connector.account}},
        ])
        return answer[1]["body"]["conversationId"]

    def say(self, dialog, message):
        """Says something, and returns its sequence."""
        event = {"type": "ContentEvent", "contentType": "text/plain", "message": message}
        request = {"kind": "req", "id": "3", "type": "ms.PublishEvent",
                   "body": {"dialogId": dialog, "event": event}}
        return self._ask("/send?v=3", request)["body"]["sequence"]
