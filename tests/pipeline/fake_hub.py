"""A hub on this machine: what huggingface_hub asks of one to take a repository."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

TOKEN = "hf_that_may_write"


class Hub(ThreadingHTTPServer):
    """Repositories by name, each with its files; large ones come by their hash (Git LFS)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: set[str] = set()
        self.objects: dict[str, bytes] = {}
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        place = self.path.partition("?")[0]
        self.server.asked.append(place)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._send({"error": "Invalid credentials"}, 401)
        if place == "/api/validate-yaml":
            header = json.loads(body)["content"].split("---\n")[1]
            wrong = [] if "license" in yaml.safe_load(header) else [{"message": "no license"}]
            return self._send({"errors": wrong, "warnings": []}, 400 if wrong else 200)
        if place == "/api/repos/create":
            asked = json.loads(body)
            name = "/".join(filter(None, (asked.get("organization"), asked["name"])))
            there = name in self.server.repositories
            self.server.repositories.setdefault(name, {})
            if asked.get("private") or asked.get("visibility") == "private":
                self.server.private.add(name)
            return self._send({"url": f"{self.server.address}/{name}"}, 409 if there else 200)
        words = place.removeprefix("/api/models").strip("/").split("/")
        name = "/".join(words[:2]).removesuffix(".git")
        if name not in self.server.repositories:
            return self._send({"error": "Repository not found"}, 404)
        if "/preupload/" in place:
            files = json.loads(body)["files"]
            return self._send({"files": [_choose(one) for one in files]})
        if place.endswith("/info/lfs/objects/batch"):
            return self._send(self._lend(json.loads(body)))
        if "/commit/" in place:
            return self._commit(name, body)
        return self._send({"error": "no such thing"}, 404)

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.objects[self.path.rsplit("/", 1)[1]] = data
        self._send({})

    def _lend(self, asked: dict) -> dict:
        upload = f"{self.server.address}/objects"
        return {
            "transfer": "basic",
            "objects": [
                {**one, "actions": {"upload": {"href": f"{upload}/{one['oid']}"}}}
                for one in asked["objects"]
            ],
        }

    def _commit(self, name: str, body: bytes) -> None:
        files = {}
        for line in body.splitlines():
            said = json.loads(line)
            value = said["value"]
            if said["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif said["key"] == "lfsFile":
                data = self.server.objects[value["oid"]]
                if hashlib.sha256(data).hexdigest() != value["oid"]:
                    return self._send({"error": "another hash"}, 400)
                files[value["path"]] = data
        self.server.repositories[name] |= files
        commit = hashlib.sha1(body).hexdigest()
        url = f"{self.server.address}/{name}/commit/{commit}"
        return self._send(
            {"success": True, "commitOid": commit, "commitUrl": url, "hookOutput": ""}
        )

    def _send(self, content: dict, status: int = 200) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _choose(one: dict) -> dict:
    large = one["path"].endswith(".safetensors")
    return {
        "path": one["path"],
        "uploadMode": "lfs" if large else "regular",
        "shouldIgnore": False,
        "oid": None,
    }


@contextmanager
def serve_hub() -> Iterator[Hub]:
    """Serve until the block ends."""
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
