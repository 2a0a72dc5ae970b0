"""Run with: python3 -m unittest (or pytest)"""

import unittest
import urllib.error
import urllib.request

from connector import Connector
from handset_sandbox import Sandbox


class ConnectorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox("--seed", "7")
        ready = cls.sandbox
        cls.connector = Connector(ready.csds, ready.account, ready.client_id, ready.client_secret)
        cls.url = cls.connector.listen()
        cls.sandbox.ctl("webhook", cls.url)

    @classmethod
    def tearDownClass(cls):
        cls.connector.close()
        cls.sandbox.stop()

    def agent_says(self):
        """The next message of an agent."""
        while True:
            change = self.connector.changes.get(timeout=20)
            is_text = change.get("event", {}).get("type") == "ContentEvent"
            if is_text and change["originatorMetadata"]["role"] != "CONSUMER":
                return change["event"]["message"]

    def test_an_agent_answers(self):
        ada = self.connector.consumer("ada")
        conversation = ada.open()
        self.assertIn("Riley", self.agent_says())
        self.assertIsInstance(ada.say(conversation, "help"), int)
        self.assertTrue(self.agent_says())
        self.assertTrue(self.sandbox.ctl("conversations", conversation)["open"])

    def test_what_the_cloud_cannot_do_just_now_is_tried_again(self):
        gus = self.connector.consumer("gus")
        conversation = gus.open()
        self.sandbox.ctl("fault", "add", "send", "--status", "503", "--count", "1")
        gus.say(conversation, "said at the second try")
        self.assertEqual(self.sandbox.ctl("fault", "list")["faults"][0]["fired"], 1)

    def test_a_webhook_with_a_wrong_signature_is_refused(self):
        request = urllib.request.Request(self.url, b"{}", {"X-Liveperson-Signature": "sha1=AAAA"})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()


if __name__ == "__main__":
    unittest.main()
