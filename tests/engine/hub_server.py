"""Small stand-in for the Hugging Face Hub: one repository, whose files are what was committed last."""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Handler(BaseHTTPRequestHandler):
    """What huggingface_hub asks for when it uploads small files and downloads one."""

    files: dict[str, bytes]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        repository, _, path = self.path.lstrip("/").partition("/resolve/")
        content = self.files.get(path.partition("/")[2]) if repository == "somebody/digits" else None
        if content is None:
            return self._answer({"error": "Entry not found"}, 404, {"X-Error-Code": "RepoNotFound"})
        self._send(content, 200, {"X-Repo-Commit": COMMIT, "ETag": f'"{sha256(content).hexdigest()}"'})
        return None

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path.endswith("/repos/create"):
            return self._answer({"url": "https://huggingface.co/somebody/digits"})
        if self.path.endswith("/validate-yaml"):
            return self._answer({"errors": [], "warnings": []})
        if "/preupload/" in self.path:
            listed = [
                {"path": each["path"], "uploadMode": "regular", "shouldIgnore": False}
                for each in json.loads(text)["files"]
            ]
            return self._answer({"files": listed})
        for line in map(json.loads, text.splitlines()):
            if line["key"] == "file":
                self.files[line["value"]["path"]] = b64decode(line["value"]["content"])
        return self._answer(
            {"commitUrl": f"https://huggingface.co/somebody/digits/commit/{COMMIT}", "commitOid": COMMIT}
        )

    def _answer(self, data: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._send(json.dumps(data).encode(), status, {"Content-Type": "application/json", **(headers or {})})

    def _send(self, content: bytes, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


@contextmanager
def hub() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Address of a server on this machine, and the files of its repository `somebody/digits`."""
    files: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"files": files}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", files
    finally:
        server.shutdown()
        server.server_close()
