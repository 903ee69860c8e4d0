#!/usr/bin/env python3
"""What cassettes cost in git, beside the same exchanges as vcrpy's YAML.

  git_growth.py --reprise build/release/bin/reprise --recordings FOLDER [--runs 5]

Imports every recording below FOLDER, writes the same exchanges as YAML the way vcrpy does (PyYAML), and keeps three
repositories: cassettes with the filter of `reprise git install`, cassettes as zstd without it, and YAML. Measured are the
bytes of the pack after `git gc`, what one commit that changes only ids and dates adds to it, and the times of add,
checkout and status (medians; the three take turns). At the end it prints two diffs as a clone without the filter shows
them: one word of a prompt, and another answer.
"""
import argparse
import base64
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time

import yaml

ENVIRONMENT = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="bench",
                   GIT_AUTHOR_EMAIL="bench@example", GIT_COMMITTER_NAME="bench", GIT_COMMITTER_EMAIL="bench@example",
                   LC_ALL="C.UTF-8")

# What differs in every run of the same request: ids in bodies, and the headers of one delivery.
ID_IN_BODY = re.compile(r'("(?:id|responseId|system_fingerprint)": ?")([^"\\]{8,})(")')
TIME_IN_BODY = re.compile(r'("(?:created|created_at)": ?)(\d{10})\b')
CHANGING_HEADERS = {"date", "x-request-id", "request-id", "cf-ray", "x-amzn-requestid", "apim-request-id", "set-cookie",
                    "openai-processing-ms", "x-envoy-upstream-service-time", "traceresponse"}


def run(words, folder, **more):
    done = subprocess.run(words, cwd=folder, env=ENVIRONMENT, capture_output=True, **more)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}: {done.returncode}\n{done.stderr.decode(errors='replace')}")
    return done.stdout


def other(text):
    """As many characters, drawn from what the old ones were, so that every form of storage sees the same change."""
    source = random.Random(text)
    kinds = ["0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    return "".join(next((source.choice(kind) for kind in kinds if c in kind), c) for c in text)


def with_other_ids(text):
    text = ID_IN_BODY.sub(lambda m: m[1] + other(m[2]) + m[3], text)
    return TIME_IN_BODY.sub(lambda m: m[1] + str(int(m[2]) + 86400), text)


def with_other_headers(line):
    """Of a line of cassette text that holds headers."""
    def value(match):
        name = json.loads(match[1])
        return f"[{match[1]},{json.dumps(other(json.loads(match[2])))}]" if name.lower() in CHANGING_HEADERS else match[0]
    return re.sub(r'\[("(?:[^"\\]|\\.)*"),("(?:[^"\\]|\\.)*")\]', value, line)


def changed_cassette(text):
    return "\n".join(with_other_headers(line) if line.startswith(' "headers":') else with_other_ids(line)
                     for line in text.split("\n"))


def body_of(message):
    if "body_base64" in message:
        return base64.b64decode(message["body_base64"])
    return message["body"]


def yaml_of(exchanges, changed):
    """One file as vcrpy's serializer writes it."""
    def body(message):
        bytes_or_text = body_of(message)
        return with_other_ids(bytes_or_text) if changed and isinstance(bytes_or_text, str) else bytes_or_text

    def headers(message):
        out = {}
        for name, value in message["headers"]:
            out.setdefault(name, []).append(other(value) if changed and name.lower() in CHANGING_HEADERS else value)
        return out

    interactions = [{
        "request": {"body": body_of(one["request"]) or None, "headers": {n: [v] for n, v in one["request"]["headers"]},
                    "method": one["request"]["method"], "uri": one["request"]["url"]},
        "response": {"body": {"string": body(one["reply"])}, "headers": headers(one["reply"]),
                     "status": {"code": one["reply"]["status"], "message": ""}},
    } for one in exchanges]
    return yaml.dump({"interactions": interactions, "version": 1}, Dumper=yaml.CDumper)


def pack_bytes(repository):
    run(["git", "gc", "-q"], repository)
    return sum(path.stat().st_size for path in (repository / ".git/objects/pack").glob("*.pack"))


def timed(words, folder):
    begin = time.perf_counter()
    run(words, folder)
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reprise", required=True, type=pathlib.Path)
    parser.add_argument("--recordings", required=True, type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    reprise = options.reprise.resolve()
    work = pathlib.Path(tempfile.mkdtemp(prefix="reprise-git-"))
    try:
        measure(reprise, options.recordings.resolve(), options.runs, work)
    finally:
        shutil.rmtree(work)


def measure(reprise, recordings, runs, work):
    cassettes, text = work / "cassettes", work / "text"
    subprocess.run([reprise, "import", recordings, "--to", cassettes], env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    run([reprise, "export", cassettes, "--to", text], work)
    names = sorted(path.relative_to(cassettes) for path in cassettes.rglob("*.reprise"))
    shown = {name: json.loads(run([reprise, "show", cassettes / name, "--all", "--json"], work))["exchanges"]
             for name in names}
    texts = {name: (text / f"{name}.jsonl").read_bytes().decode() for name in names}
    print(f"{len(names)} cassettes, {sum(map(len, shown.values()))} exchanges")

    repositories = {name: work / name.replace(" ", "-") for name in ("filter", "zstd, no filter", "vcrpy YAML")}
    for name, folder in repositories.items():
        folder.mkdir()
        run(["git", "init", "-q", "-b", "main", "."], folder)
        if name == "filter":
            run([reprise, "git", "install"], folder)

    def write(name, changed):
        for cassette in names:
            target = repositories[name] / cassette
            target.parent.mkdir(parents=True, exist_ok=True)
            if name == "vcrpy YAML":
                target.with_suffix(".yaml").write_bytes(yaml_of(shown[cassette], changed).encode())
            elif not changed:
                shutil.copyfile(cassettes / cassette, target)
            else:
                packed = run(["zstd", "-3", "--check", "-c"], work, input=changed_cassette(texts[cassette]).encode())
                target.write_bytes(packed)

    for name, folder in repositories.items():
        write(name, False)
    tree = {name: sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts)
            for name, folder in repositories.items()}

    times = {name: {"add": [], "checkout": [], "status": [], "status, all touched": []} for name in repositories}
    for _ in range(runs):
        for name, folder in repositories.items():
            run(["git", "rm", "-q", "-r", "--cached", "--ignore-unmatch", "."], folder)
            times[name]["add"].append(timed(["git", "add", "-A"], folder))
    for name, folder in repositories.items():
        run(["git", "commit", "-q", "-m", "recorded"], folder)
    for _ in range(runs):
        for name, folder in repositories.items():
            for path in folder.iterdir():
                if path.name != ".git":
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            times[name]["checkout"].append(timed(["git", "checkout", "-q", "--", "."], folder))
            times[name]["status"].append(timed(["git", "status", "--porcelain"], folder))
            for path in folder.rglob("*"):
                if path.is_file() and ".git" not in path.parts:
                    os.utime(path)
            times[name]["status, all touched"].append(timed(["git", "status", "--porcelain"], folder))

    before = {name: pack_bytes(folder) for name, folder in repositories.items()}
    for name, folder in repositories.items():
        write(name, True)
        run(["git", "add", "-A"], folder)
        run(["git", "commit", "-q", "-m", "recorded again"], folder)
    after = {name: pack_bytes(folder) for name, folder in repositories.items()}

    print(f"\n{'':22}" + "".join(f"{name:>18}" for name in repositories))
    print(f"{'work tree, bytes':22}" + "".join(f"{tree[name]:18,}" for name in repositories))
    print(f"{'pack after gc, bytes':22}" + "".join(f"{before[name]:18,}" for name in repositories))
    print(f"{'+ ids and dates':22}" + "".join(f"{after[name] - before[name]:18,}" for name in repositories))
    for what in times["filter"]:
        print(f"{what + ', ms':22}" + "".join(f"{1000 * statistics.median(times[name][what]):18.0f}" for name in repositories))

    show_diffs(repositories["filter"], names, texts, work)


def show_diffs(repository, names, texts, work):
    """As a clone without the filter, or a web page, prints them."""
    name = next((n for n in names if n.name == "simple.reprise"), names[0])
    target = repository / name
    edits = [("one word of the prompt", r'(\{"content":"Say hi )in( )', r"\1to\2"),
             ("another answer", r'("content":")(Olá!)(")', r"\1Oi!\3")]
    plain = work / "plain"
    for title, pattern, replacement in edits:
        target.write_bytes(texts[name].encode())
        run(["git", "add", "-A"], repository)
        run(["git", "commit", "-q", "--allow-empty", "-m", "before"], repository)
        changed, count = re.subn(pattern, replacement, texts[name], count=1)
        if count == 0:
            print(f"\n{title}: {name} does not hold what was to be changed")
            continue
        target.write_bytes(changed.encode())
        run(["git", "add", "-A"], repository)
        run(["git", "commit", "-q", "-m", title], repository)
        shutil.rmtree(plain, ignore_errors=True)
        run(["git", "clone", "-q", repository, plain], work)
        print(f"\n== git diff, {title}:\n" + run(["git", "diff", "HEAD~1"], plain).decode())


if __name__ == "__main__":
    main()
