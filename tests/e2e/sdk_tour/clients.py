"""The clients: curl, a bare socket that counts chunks, cpp-httplib where its program was built, and the official SDKs, each asking
what a recording asked.

Run by the tour under `reprise record --` and `reprise replay --`; says what it got as JSON lines on the file named first.
"""
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import urllib.parse

out_path, requests_path = sys.argv[1], sys.argv[2]
requests = [json.loads(line) for line in open(requests_path, encoding="utf-8")]
out = open(out_path, "w", encoding="utf-8")

BASES = {"openai": os.environ.get("OPENAI_BASE_URL"), "anthropic": os.environ.get("ANTHROPIC_BASE_URL"),
         "gemini": os.environ.get("GOOGLE_GEMINI_BASE_URL"), "ollama": os.environ.get("OLLAMA_HOST")}


def say(client, number, **what):
    out.write(json.dumps(dict(client=client, number=number, **what), sort_keys=True) + "\n")
    out.flush()


def url_of(r):
    base = (BASES[r["provider"]] or "").rstrip("/")
    prefix = {"anthropic": "/v1", "gemini": "/v1beta"}.get(r["provider"], "")
    return base + prefix + r["path"]


def with_curl(r):
    with tempfile.NamedTemporaryFile() as head, tempfile.NamedTemporaryFile() as body:
        body.write(r["body"].encode())
        body.flush()
        done = subprocess.run(["curl", "-sS", "-N", "-D", head.name, "-X", "POST", "-H", "Content-Type: application/json",
                               "-H", "Authorization: Bearer " + os.environ.get("OPENAI_API_KEY", "dummy"),
                               "--data-binary", "@" + body.name, url_of(r)], capture_output=True)
        lines = [l for l in open(head.name, encoding="latin-1").read().split("\r\n") if l]
        say("curl", r["number"], rc=done.returncode, head=lines, sha=hashlib.sha256(done.stdout).hexdigest(), size=len(done.stdout))


def with_socket(r):
    url = urllib.parse.urlsplit(url_of(r))
    body = r["body"].encode()
    with socket.create_connection((url.hostname, url.port)) as s:
        target = url.path + ("?" + url.query if url.query else "")
        s.sendall((f"POST {target} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json\r\nX-Tour: socket\r\n"
                   f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode() + body)
        data = b""
        while piece := s.recv(65536):
            data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    sizes, whole = [], b""
    if b"chunked" in head.lower():
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            n = int(size.split(b";")[0] or b"0", 16)
            if n == 0:
                break
            sizes.append(n)
            whole += rest[:n]
            rest = rest[n + 2:]
    else:
        whole = rest
    say("socket", r["number"], head=head.decode("latin-1").split("\r\n"), chunks=sizes, sha=hashlib.sha256(whole).hexdigest(), size=len(whole))


def with_httplib(program):
    asked = b"".join(b"%s %d\n%s" % (url_of(r).encode(), len(r["body"].encode()), r["body"].encode()) for r in requests)
    said = subprocess.run([program], input=asked, capture_output=True).stdout
    for r in requests:
        line, _, said = said.partition(b"\n")
        status, head, size = [int(word) for word in line.split()] or [-1, 0, 0]
        body = said[head:head + size]
        say("cpp-httplib", r["number"], status=status, head=said[:head].decode("latin-1").split("\n"),
            sha=hashlib.sha256(body).hexdigest(), size=size)
        said = said[head + size:]


def plain(value):
    return json.loads(value.model_dump_json()) if hasattr(value, "model_dump_json") else str(value)


def told(client, r, call):
    try:
        got = call()
        got = [plain(piece) for piece in got] if r["stream"] else plain(got)
        say(client, r["number"], value=got)
    except Exception as error:  # the provider's own error is an answer too
        text = re.sub(r"0x[0-9a-f]+", "0x", f"{type(error).__module__}.{type(error).__name__}: {error}")
        text = re.sub(r"127\.0\.0\.1:\d+(/[\w-]+)?", "HOST", text)
        say(client, r["number"], error=text[:2000])


def with_openai(r, client):
    body = json.loads(r["body"])
    if r["path"].startswith("/chat/completions"):
        rest = {k: v for k, v in body.items() if k not in ("model", "messages", "stream")}
        told("openai", r, lambda: client.chat.completions.create(model=body["model"], messages=body["messages"], stream=r["stream"], extra_body=rest))


def with_anthropic(r, client):
    body = json.loads(r["body"])
    rest = {k: v for k, v in body.items() if k not in ("model", "messages", "stream", "max_tokens")}
    told("anthropic", r, lambda: client.messages.create(model=body["model"], messages=body["messages"], max_tokens=body.get("max_tokens", 100),
                                                        stream=r["stream"], extra_body=rest))


def with_gemini(r, client):
    body = json.loads(r["body"])
    model = re.search(r"models/([^:/?]+):", r["path"]).group(1)
    texts = [p["text"] for c in body.get("contents", []) for p in c.get("parts", []) if "text" in p] or ["Hello"]
    if r["stream"]:
        told("google-genai", r, lambda: list(client.models.generate_content_stream(model=model, contents=texts)))
    else:
        told("google-genai", r, lambda: client.models.generate_content(model=model, contents=texts))


def with_ollama(r, client):
    body = json.loads(r["body"])
    if r["path"].startswith("/api/chat"):
        told("ollama", r, lambda: client.chat(model=body["model"], messages=body["messages"], stream=r["stream"], options=body.get("options")))
    elif r["path"].startswith("/api/generate"):
        told("ollama", r, lambda: client.generate(model=body["model"], prompt=body.get("prompt", ""), stream=r["stream"], options=body.get("options")))


def main():
    for r in requests:
        with_curl(r)
        with_socket(r)
    if os.environ.get("TOUR_HTTPLIB"):
        with_httplib(os.environ["TOUR_HTTPLIB"])
    import anthropic
    import google.genai
    import ollama
    import openai
    asks = {
        "openai": (with_openai, openai.OpenAI(api_key=os.environ.get("OPENAI_API_KEY", "dummy"), max_retries=0)),
        "anthropic": (with_anthropic, anthropic.Anthropic(api_key=os.environ.get("ANTHROPIC_API_KEY", "dummy"), max_retries=0)),
        "gemini": (with_gemini, google.genai.Client(api_key=os.environ.get("GEMINI_API_KEY") or os.environ.get("GOOGLE_API_KEY") or "dummy")),
        "ollama": (with_ollama, ollama.Client()),
    }
    for r in requests:
        ask, client = asks[r["provider"]]
        ask(r, client)


main()
