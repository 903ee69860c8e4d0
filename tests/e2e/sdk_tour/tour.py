#!/usr/bin/env python3
"""Real clients through the recorder: real recordings served live, recorded, replayed with the server gone, compared.

    tests/e2e/sdk_tour/tour.py --reprise BIN --httplib BUILD/tests/e2e/e2e_httplib_client --recordings CORPUS/vcr [--seed N] [--limit N]

Needs curl, and with this interpreter: pip install openai anthropic google-genai ollama. Serves the recordings' replies from a
live server that cuts them at places drawn from the printed seed; asks each with curl, over a bare socket, with cpp-httplib and with the provider's
official SDK under `reprise record`; stops the server; asks again twice under `reprise replay`. Every reply must be the same
in head, bytes, chunk boundaries, and in what the SDK made of it.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
sys.path.insert(0, HERE)
from live import Live, path_of  # noqa: E402


def reader():
    """The reader that FORMAT.md holds."""
    text = open(os.path.join(ROOT, "FORMAT.md"), encoding="utf-8").read()
    module = {"__name__": "reader"}
    exec(re.findall(r"```python\n(.*?)```", text, re.S)[-1], module)
    return module


def provider_of(path):
    if path.startswith("/messages"):
        return "anthropic"
    if path.startswith("/models/"):
        return "gemini"
    return "ollama" if path.startswith("/api/") else "openai"


def load(reprise, recordings, folder):
    subprocess.run([reprise, "import", recordings, "--to", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    read, out = reader(), []
    for at, _, names in sorted(os.walk(folder)):
        for name in sorted(n for n in names if n.endswith(".reprise")):
            raw = open(os.path.join(at, name), "rb").read()
            text = subprocess.run(["zstdcat"], input=raw, capture_output=True).stdout if raw[:1] != b"{" else raw
            for _, request, reply, blobs in read["exchanges"](text.decode()):
                value = lambda message, key, default: json.loads("".join(message[key])) if key in message else default
                url, status = value(request, "url", ""), value(reply, "status", 0)
                path, body = path_of(url), read["body"](request, blobs)
                headers = value(reply, "headers", [])
                kind = next((v for k, v in headers if k.lower() == "content-type"), "").encode()
                if path is None or status == 0 or status >= 500 or value(request, "method", "POST") != "POST" or not body[:1] == b"{":
                    continue
                coded = any(k.lower() == "content-encoding" for k, v in headers)
                data = read["body"](reply, blobs)
                if coded and data[:2] == b"\x1f\x8b":
                    continue  # the client would undo a coding that this server does not send
                out.append({"path": path, "body": body, "status": status, "reason": value(reply, "reason", "OK"),
                            "headers": headers, "type": kind, "reply": data})
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reprise", required=True)
    parser.add_argument("--httplib", default="", help="the program of httplib_client.cc, as the build made it")
    parser.add_argument("--recordings", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=0)
    args = parser.parse_args()
    args.reprise = os.path.abspath(args.reprise)
    httplib = {"TOUR_HTTPLIB": os.path.abspath(args.httplib)} if args.httplib else {}
    with tempfile.TemporaryDirectory(prefix="reprise_tour_") as folder:
        exchanges = load(args.reprise, args.recordings, os.path.join(folder, "imported"))
        seen, requests = set(), []
        for e in exchanges:
            if (e["path"], e["body"]) in seen:
                continue
            seen.add((e["path"], e["body"]))
            streams = b"event-stream" in e["type"] or b"ndjson" in e["type"]
            requests.append({"number": len(requests), "provider": provider_of(e["path"]), "path": e["path"],
                             "body": e["body"].decode("utf-8", "replace"), "stream": streams})
        if args.limit:
            requests = requests[:: max(1, len(requests) // args.limit)]
        asked = os.path.join(folder, "requests.jsonl")
        with open(asked, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(r) + "\n" for r in requests)
        print(f"seed {args.seed}; {len(exchanges)} recorded exchanges, {len(requests)} distinct requests: "
              + ", ".join(f"{n} {p}" for p, n in sorted(collections.Counter(r["provider"] for r in requests).items())))
        live = Live(exchanges, args.seed)
        base = f"http://127.0.0.1:{live.port}"
        clean = {k: v for k, v in os.environ.items() if not re.search(r"_(KEY|TOKEN|SECRET)$|_BASE_URL$|^(CI|REPRISE_.*|OLLAMA_HOST)$", k)}
        keys = {k: "live-key-0123456789abcdef" for k in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY")}
        upstream = {"OPENAI_BASE_URL": base + "/v1", "ANTHROPIC_BASE_URL": base, "GOOGLE_GEMINI_BASE_URL": base, "OLLAMA_HOST": base}
        runs = []
        for number, (verb, environment) in enumerate([("record", {**upstream, **keys}), ("replay", {}), ("replay", {})]):
            got = os.path.join(folder, f"got{number}.jsonl")
            command = [args.reprise, verb, "--cassette", os.path.join(folder, "tour.reprise"), "--", sys.executable,
                       os.path.join(HERE, "clients.py"), got, asked]
            before = live.asked
            done = subprocess.run(command, env={**clean, **httplib, **environment}, cwd=folder, capture_output=True, text=True)
            print(f"{verb}: exit {done.returncode}, {live.asked - before} requests reached the server")
            if done.returncode != 0:
                print((done.stdout + done.stderr)[-3000:])
            runs.append([json.loads(line) for line in open(got, encoding="utf-8")] if os.path.exists(got) else [])
            if verb == "record":
                live.stop()
        bad = 0
        table = collections.defaultdict(lambda: [0, 0, 0])
        for number, first in enumerate(runs[0]):
            row = table[first["client"]]
            row[0] += 1
            row[2] += "error" in first
            for run in runs[1:]:
                if number >= len(run) or run[number] != first:
                    bad += 1
                    row[1] += 1
                    if bad <= 5:
                        print("DIFFERS", json.dumps(first)[:600], "\n    now", json.dumps(run[number])[:600] if number < len(run) else "nothing")
        print(f"{'client':14} {'asked':>6} {'differ':>7} {'errors, alike':>14}")
        for client, (asks, differ, errors) in sorted(table.items()):
            print(f"{client:14} {asks:6} {differ:7} {errors:14}")
        sizes = [c for r in runs[0] if r["client"] == "socket" for c in r["chunks"]]
        print(f"chunks compared over the socket: {len(sizes)}; bytes: {sum(r['size'] for r in runs[0] if r['client'] == 'socket')}")
        sys.exit(1 if bad or not runs[0] or len(runs[0]) != len(runs[1]) or len(runs[0]) != len(runs[2]) else 0)


main()
