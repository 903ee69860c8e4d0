"""A live server that answers with real recordings: the same reply for the same request, in chunks cut from a seed.

A request that was recorded gets its reply; any other of a known path gets one of that path's replies, chosen by the hash of
its body, so that clients may spell requests as they like. Streams come in many chunks, bodies in a few.
"""
import hashlib
import http.server
import json
import random
import re
import threading

FRAMING = {"content-length", "transfer-encoding", "connection", "keep-alive", "content-encoding", "trailer"}
# Whoever published the recordings wrote the same word over cookies and other fields. The SDKs send cookies back, they count as
# credentials, and the other fields are then rightly refused.
WITHHELD = FRAMING | {"set-cookie"}


def path_of(url):
    """What is asked below the base URL: "/chat/completions" of any host, version and prefix."""
    path = re.sub(r"^https?://[^/]+", "", url)
    path = re.sub(r"([?&])(key|api-version)=[^&]*", r"\1", path).rstrip("?&")
    found = re.search(r"/(chat/completions|completions|responses|embeddings|messages|models/[^/?]+:\w+|api/(?:chat|generate|embed\w*|tags))"
                      r"(\?.*)?$", path)
    return found.group(0) if found else None


def canonical(body):
    try:
        return json.dumps(json.loads(body), sort_keys=True).encode()
    except ValueError:
        return body


class Live:
    def __init__(self, exchanges, seed):
        self.seed, self.exact, self.by_path, self.asked = seed, {}, {}, 0
        for exchange in exchanges:
            at = (exchange["path"], canonical(exchange["body"]))
            self.exact.setdefault(at, exchange)
            streams = b"event-stream" in exchange["type"] or b"ndjson" in exchange["type"]
            self.by_path.setdefault((exchange["path"].split("?")[0], streams), []).append(exchange)
        live = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                live.answer(self, body)

            do_GET = do_POST

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def choose(self, path, body):
        exact = self.exact.get((path, canonical(body)))
        if exact:
            return exact
        try:
            wants = bool(json.loads(body).get("stream"))
        except (ValueError, AttributeError):
            wants = False
        wants = wants or "stream" in path.split("?")[0].lower()
        for key in ((path.split("?")[0], wants), (path.split("?")[0], not wants)):
            if key in self.by_path:
                return self.by_path[key][int(hashlib.sha256(canonical(body)).hexdigest(), 16) % len(self.by_path[key])]
        return None

    def answer(self, handler, body):
        self.asked += 1
        exchange = self.choose(path_of("http://h" + handler.path) or handler.path, body)
        if exchange is None:
            handler.send_error(404)
            return
        dice = random.Random(f"{self.seed} {hashlib.sha256(canonical(body)).hexdigest()}")
        reply = exchange["reply"]
        out = [f"HTTP/1.1 {exchange['status']} {exchange['reason']}\r\n".encode()]
        for name, value in exchange["headers"]:
            if name.lower() not in WITHHELD:
                out.append(f"{name}: {value}\r\n".encode("utf-8", "replace"))
        out.append(b"Transfer-Encoding: chunked\r\n\r\n")
        handler.wfile.write(b"".join(out))
        at, many = 0, b"event-stream" in exchange["type"]
        while at < len(reply):
            size = dice.randint(1, 400 if many else max(1, len(reply) // 2))
            piece = reply[at:at + size]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.flush()
            at += size
        handler.wfile.write(b"0\r\n\r\n")

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
