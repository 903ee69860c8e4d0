#!/usr/bin/env python3
"""Replay beside vcrpy, end to end: the same exchanges in both formats, pairs interleaved, medians with their spread.

    tests/bench/end_to_end.py BUILD_DIR [--sizes 100,1000,10000] [--pairs 11] [--json FILE]

vcrpy (pip install vcrpy) matches method, URI and body, as a user must set it to be correct; every answer is compared
with the expected one, and a row with a wrong answer is void. vcrpy is called at its cassette's interface, without HTTP;
reprise in process (normal form, key, lookup, bodies restored) and through `Ask` (socket to the deck and back).
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

URL = "http://127.0.0.1:9/v1/chat/completions"

PEER = r"""
import json, sys, time, random
from vcr.cassette import Cassette
from vcr.matchers import method, uri, body
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import yamlserializer
from vcr.request import Request
path, bodies, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
lines = [json.loads(l) for l in open(bodies, encoding="utf-8")]
rnd = random.Random(seed)
asked = rnd.sample(range(len(lines)), min(count, len(lines)))
start = time.perf_counter()
cassette = Cassette.load(path=path, serializer=yamlserializer, persister=FilesystemPersister,
                         match_on=(method, uri, body), record_mode="none", allow_playback_repeats=True)
opened = time.perf_counter()
wrong, spent = 0, 0.0
for i in asked:
    request = Request("POST", sys.argv[5], lines[i]["request"], {"Content-Type": "application/json"})
    a = time.perf_counter()
    response = cassette.play_response(request)
    spent += time.perf_counter() - a
    got = response["body"]["string"]
    if isinstance(got, str): got = got.encode()
    if got != lines[i]["reply"].encode(): wrong += 1
hwm = next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM"))
print(json.dumps({"open_us": (opened - start) * 1e6, "replays_per_s": len(asked) / spent, "wrong": wrong,
                  "peak_rss_kib": hwm}))
"""


def spread(values):
    values = sorted(values)
    quarter = len(values) // 4
    return f"{statistics.median(values):.4g} [{values[quarter]:.4g} .. {values[-1 - quarter]:.4g}]"


def make_vcrpy(bodies, path):
    import yaml
    dumper = getattr(yaml, "CDumper", yaml.Dumper)
    interactions = []
    with open(bodies, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            interactions.append({
                "request": {"method": "POST", "uri": URL, "body": entry["request"], "headers": {"Content-Type": ["application/json"]}},
                "response": {"status": {"code": 200, "message": "OK"}, "headers": {"Content-Type": ["application/json"]},
                             "body": {"string": entry["reply"]}}})
    with open(path, "w", encoding="utf-8") as out:
        yaml.dump({"interactions": interactions, "version": 1}, out, Dumper=dumper)


def last_json(output, prefix=""):
    line = [l for l in output.splitlines() if l.startswith(prefix + "{")][-1]
    return json.loads(line[len(prefix):])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--pairs", type=int, default=11)
    parser.add_argument("--json")
    args = parser.parse_args()
    try:
        import vcr
    except ImportError:
        sys.exit("end_to_end.py: vcrpy is missing; pip install vcrpy, or run with that interpreter")
    tool = os.path.join(args.build, "tests/bench/bench_tool")
    ask = os.path.join(args.build, "tests/bench/ask_bench_test")
    print(f"vcrpy {vcr.__version__}, {platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
    rows = []
    with tempfile.TemporaryDirectory(prefix="reprise_bench_") as folder:
        for size in [int(s) for s in args.sizes.split(",")]:
            root = os.path.join(folder, str(size))
            cassette = os.path.join(root, "Bench", "Replay.reprise")
            os.makedirs(os.path.dirname(cassette))
            bodies, yaml_path = os.path.join(root, "bodies.jsonl"), os.path.join(root, "vcr.yaml")
            subprocess.run([tool, "make", str(size), cassette, bodies], check=True)
            make_vcrpy(bodies, yaml_path)
            peer_count = {100: 100, 1000: 50}.get(size, 20)
            ours, theirs, asks = [], [], []
            environment = dict(os.environ, REPRISE_CASSETTES=root, REPRISE_MODE="replay", REPRISE_TAKES="repeat", BENCH_TOTAL=str(size), BENCH_COUNT="2000")
            environment.pop("CI", None)
            for pair in range(args.pairs):
                run = lambda command, **kw: subprocess.run(command, check=True, capture_output=True, text=True, **kw).stdout
                order = [0, 1, 2] if pair % 2 == 0 else [2, 1, 0]
                for what in order:
                    if what == 0:
                        ours.append(last_json(run([tool, "replay", cassette, str(size), "2000", str(pair)])))
                    elif what == 1:
                        theirs.append(last_json(run([sys.executable, "-c", PEER, yaml_path, bodies, str(peer_count), str(pair), URL])))
                    else:
                        asks.append(last_json(run([ask], env=dict(environment, BENCH_SEED=str(pair))), "BENCH "))
            if any(r["wrong"] for r in ours + theirs + asks):
                print(f"{size}: VOID, a wrong answer was given")
                continue
            column = lambda table, name: [r[name] for r in table]
            ratio = [a["replays_per_s"] / b["replays_per_s"] for a, b in zip(ours, theirs)]
            ask_ratio = [1e6 / a["ask_us"] / b["replays_per_s"] for a, b in zip(asks, theirs)]
            row = {"exchanges": size, "reprise": ours, "vcrpy": theirs, "ask": asks, "ratio": ratio, "ask_ratio": ask_ratio,
                   "reprise_bytes": os.path.getsize(cassette), "vcrpy_bytes": os.path.getsize(yaml_path)}
            rows.append(row)
            print(f"\n{size} exchanges, {args.pairs} interleaved pairs, median [quartiles]")
            print(f"  open, ms            reprise {spread([v / 1e3 for v in column(ours, 'open_us')])}   vcrpy {spread([v / 1e3 for v in column(theirs, 'open_us')])}")
            print(f"  lookup, us          reprise {spread(column(ours, 'find_us'))}   (key {spread(column(ours, 'key_us'))}, read {spread(column(ours, 'read_us'))})")
            print(f"  replays a second    reprise {spread(column(ours, 'replays_per_s'))}   vcrpy {spread(column(theirs, 'replays_per_s'))}   ratio {spread(ratio)}")
            print(f"  through Ask, us     reprise {spread(column(asks, 'ask_us'))} (the first, with start-up: {spread(column(asks, 'first_us'))})   ratio {spread(ask_ratio)}")
            print(f"  bytes on disk       reprise {row['reprise_bytes']}   vcrpy {row['vcrpy_bytes']}   ratio {row['vcrpy_bytes'] / row['reprise_bytes']:.2f}")
            print(f"  peak memory, MiB    reprise {spread([v / 1024 for v in column(ours, 'peak_rss_kib')])}   vcrpy {spread([v / 1024 for v in column(theirs, 'peak_rss_kib')])}", flush=True)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump({"machine": platform.platform(), "vcrpy": vcr.__version__, "rows": rows}, out)


if __name__ == "__main__":
    main()
