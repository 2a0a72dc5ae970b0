"""Starts `handset sandbox` for a test and tells it what to do. Needs Python 3.9 and nothing else.

HANDSET names the program; without it it is looked for on the path.
"""

import json
import os
import subprocess

PROGRAM = os.environ.get("HANDSET", "handset")


class Sandbox:
    """A running sandbox; its attributes are the members of its ready line."""

    def __init__(self, *args):
        # With --with-stdin the sandbox ends with this process, however that ends.
        self._process = subprocess.Popen(
            [PROGRAM, "sandbox", "--with-stdin", *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"handset sandbox ended with {self._process.wait()}")
        self.__dict__.update(json.loads(line))

    def ctl(self, *words):
        """Runs `handset sandbox ctl` with these arguments, and returns its answer."""
        env = {**os.environ, "HANDSET_SANDBOX": self.csds, "HANDSET_SANDBOX_TOKEN": self.control_token}
        command = [PROGRAM, "sandbox", "ctl", "--json", *words]
        output = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
        return json.loads(output) if output.strip() else None

    def stop(self):
        """Ends the sandbox."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
