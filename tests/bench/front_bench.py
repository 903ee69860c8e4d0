#!/usr/bin/env python3
"""The HTTP front: what replay and recording cost, beside nothing at all and beside others. Pairs interleaved.

    tests/bench/front_bench.py BUILD [--pairs 11] [--seconds 1] [--peers] [--mitmdump PATH] [--json FILE]
    tests/bench/front_bench.py BUILD --slow-streams 2000

"empty" is the front alone with a handler that answers on its loop; it is also the upstream, so asking it is asking
"directly". "replay" answers from a cassette through key, cursor and session; "record" goes through the deck to "empty"
and writes down. One client with epoll, keep-alive, on the same machine. Every reply is read whole and compared with the
first; one lost or wrong voids the run. What is added is the median of differences within a round, with its quartiles.

--peers: vcrpy (pip install vcrpy requests httpx, in this interpreter) in the client's process, and the same client
asking "empty" and "replay"; mitmdump, where its path is given, replaying and recording as a reverse proxy.
--slow-streams: so many streams at once of 50 chunks 100 ms apart, replayed at the recorded pace, then recorded: threads
and memory of the deck, what was lost.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlsplit

# A client of Python: KIND URL CASSETTE|- REQUESTS. A cassette puts vcrpy between it and the network.
PYTHON_CLIENT = r"""
import contextlib, json, logging, sys, time
kind, url, cassette, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
body = {"model": "whole", "messages": [{"role": "user", "content": "Say hello."}]}
if kind == "requests":
    import requests
    client = requests.Session()
    client.trust_env = False
else:
    import httpx
    client = httpx.Client(trust_env=False)
between = contextlib.nullcontext()
if cassette != "-":
    import vcr
    logging.disable(logging.INFO)
    between = vcr.VCR(record_mode="once", match_on=["method", "uri", "body"]).use_cassette(
        cassette, allow_playback_repeats=True)
times, expected, wrong = [], None, 0
with between:
    for i in range(count + 5):
        start = time.perf_counter()
        got = client.post(url, json=body)
        text = got.text
        times.append(time.perf_counter() - start)
        expected = expected or text
        wrong += got.status_code != 200 or text != expected
times = sorted(times[5:])
print(json.dumps({"requests_per_s": len(times) / sum(times), "answered": len(times), "lost": 0, "wrong": wrong,
                  "whole_ms": {"p50": times[len(times) // 2] * 1e3, "p99": times[int(len(times) * 0.99)] * 1e3}}))
"""


def spread(values, form="{:.3g}"):
    values = sorted(values)
    quarter = len(values) // 4
    return f"{form} [{form} .. {form}]".format(statistics.median(values), values[quarter], values[-1 - quarter])


class Way:
    """Somebody who answers: a base URL, and the process behind it."""

    def __init__(self, name, process, base_url):
        self.name, self.process, self.base_url = name, process, base_url

    def close(self):
        self.process.stdin.close()
        if self.process.wait(timeout=60) not in (0, 1):  # 1: replay had nothing but repeats, or more than was asked
            print(f"{self.name}: ended with {self.process.returncode}", file=sys.stderr)


class Bench:
    def __init__(self, build, folder):
        self.load = os.path.join(build, "tests/bench/front_load")
        self.reprise = os.path.join(build, "bin/reprise")
        for program in (self.load, self.reprise):
            if not os.path.exists(program):
                sys.exit(f"front_bench.py: {program} is missing; build with -DREPRISE_BUILD_BENCH=ON")
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith("REPRISE_")}
        self.environment.update(OPENAI_API_KEY="dummy", REPRISE_CASSETTES=folder)

    def start(self, command, **environment):
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.folder,
                                env=dict(self.environment, **environment))

    def empty(self):
        process = self.start([self.load, "serve"])
        return Way("empty", process, f"http://127.0.0.1:{process.stdout.readline().strip()}/v1")

    def under_deck(self, name, command, **environment):
        """`reprise record|replay` around a shell that tells its base URL and waits."""
        process = self.start([self.reprise, *command, "--", "sh", "-c", "echo $OPENAI_BASE_URL; cat > /dev/null"], **environment)
        return Way(name, process, process.stdout.readline().strip())

    def make_cassette(self, upstream, models):
        path = os.path.join(self.folder, "bench.reprise")
        asks = "; ".join(f'{self.load} ask "$host" "$path/chat/completions" {model} 1 1' for model in models)
        script = 'rest=${OPENAI_BASE_URL#http://}; host=${rest%%/*}; path=/${rest#*/}; ' + asks
        subprocess.run([self.reprise, "record", "--accept", "--cassette", path, "--", "sh", "-c", script], check=True, cwd=self.folder,
                       stdout=subprocess.DEVNULL, env=dict(self.environment, OPENAI_BASE_URL=upstream.base_url))
        return path

    def ask(self, base_url, model, connections, requests):
        url = urlsplit(base_url)
        command = [self.load, "ask", url.netloc, url.path + "/chat/completions", model, str(connections), str(requests)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def ask_in_python(self, kind, url, cassette, requests):
        command = [sys.executable, "-c", PYTHON_CLIENT, kind, url + "/chat/completions", cassette, str(requests)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.folder).stdout)


def interleave(pairs, rows):
    """rows: {name: function}. Rounds, each in the other order; {name: [result of each round]}."""
    results = {name: [] for name in rows}
    for number in range(pairs):
        order = list(rows) if number % 2 == 0 else list(rows)[::-1]
        for name in order:
            results[name].append(rows[name]())
    for name, rounds in results.items():
        if any(r["lost"] or r["wrong"] for r in rounds):
            sys.exit(f"{name}: VOID, a reply was lost or wrong: {[(r['lost'], r['wrong']) for r in rounds]}")
    return results


def column(rounds, key, part):
    return [r[key][part] for r in rounds]


def print_rows(results, base):
    print("| | requests/s | p50, ms | p99, ms | added to p50, ms | added to p99, ms |\n| --- | --- | --- | --- | --- | --- |")
    for name, rounds in results.items():
        less = results.get(base(name))
        added = ["", ""]
        if less is not None and less is not rounds:
            added = [spread([a - b for a, b in zip(column(rounds, "whole_ms", part), column(less, "whole_ms", part))])
                     for part in ("p50", "p99")]
        print(f"| {name} | {spread([r['requests_per_s'] for r in rounds], '{:,.0f}')} | {spread(column(rounds, 'whole_ms', 'p50'))} "
              f"| {spread(column(rounds, 'whole_ms', 'p99'))} | {added[0]} | {added[1]} |")
    print()


def mitmdump(bench, path, upstream, name, options):
    import socket
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    origin = upstream.base_url[: -len("/v1")]
    process = bench.start([path, "--quiet", "--mode", f"reverse:{origin}", "--listen-host", "127.0.0.1", "--listen-port", str(port),
                           "--set", f"confdir={bench.folder}/mitm", *options])
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    way = Way(name, process, f"http://127.0.0.1:{port}/v1")
    def close():
        process.terminate()
        process.wait(timeout=60)
    way.close = close
    return way


def requests_for(bench, way, model, connections, seconds):
    """As many requests as take about so long; warms the way up, too."""
    bench.ask(way.base_url, model, connections, max(20, connections))
    rate = bench.ask(way.base_url, model, connections, max(100, 4 * connections))["requests_per_s"]
    return max(4 * connections, int(rate * seconds))


def measure(bench, args):
    upstream = bench.empty()
    cassette = bench.make_cassette(upstream, ["whole", "stream-60-0", "stream-60-5"])
    replay = bench.under_deck("replay", ["replay", "--cassette", cassette], REPRISE_TAKES="repeat")
    record = bench.under_deck("record", ["record", "--accept", "--cassette", bench.folder + "/out.reprise"],
                              OPENAI_BASE_URL=upstream.base_url)
    ways = {way.name: way for way in (upstream, replay, record)}
    peers = {}
    if args.mitmdump:
        flows = bench.folder + "/flows"
        first = mitmdump(bench, args.mitmdump, upstream, "mitmdump, record", ["-w", flows])
        bench.ask(first.base_url, "whole", 1, 1)
        first.close()
        peers["mitmdump, replay"] = mitmdump(bench, args.mitmdump, upstream, "mitmdump, replay",
                                             ["-S", flows, "--set", "server_replay_reuse=true"])
        peers["mitmdump, record"] = mitmdump(bench, args.mitmdump, upstream, "mitmdump, record", ["-w", bench.folder + "/more"])
    everything = {}
    for connections in (1, 8, 64):
        print(f"## A small answer, {connections} connection{'s' if connections > 1 else ''}, {args.pairs} rounds\n")
        both = {**ways, **peers}
        counts = {name: requests_for(bench, way, "whole", connections, args.seconds) for name, way in both.items()}
        rows = {name: (lambda way=way, n=counts[name]: bench.ask(way.base_url, "whole", connections, n)) for name, way in both.items()}
        everything[f"whole-{connections}"] = results = interleave(args.pairs, rows)
        print_rows(results, lambda name: "empty")
    for model, count, what in (("stream-60-0", 200, "sent at once"), ("stream-60-5", 6, "5 ms apart")):
        print(f"## A stream of 60 chunks, {what}, 1 connection, {count} of them, {args.pairs} rounds\n")
        rows = {name: (lambda way=way: bench.ask(way.base_url, model, 1, count)) for name, way in ways.items()}
        if model == "stream-60-5":
            rows.pop("replay")  # it would go out at once
        everything[model] = results = interleave(args.pairs, rows)
        print("| | first byte, p50, ms | whole, p50, ms | added to the first byte | p99 | added to the whole | p99 |\n"
              "| --- | --- | --- | --- | --- | --- | --- |")
        for name, rounds in results.items():
            added = [spread([a - b for a, b in zip(column(rounds, key, part), column(results["empty"], key, part))])
                     for key in ("first_ms", "whole_ms") for part in ("p50", "p99")] if name != "empty" else [""] * 4
            print(f"| {name} | {spread(column(rounds, 'first_ms', 'p50'))} | {spread(column(rounds, 'whole_ms', 'p50'))} | " + " | ".join(added) + " |")
        print()
    if args.peers:
        for kind in ("requests", "httpx"):
            __import__(kind)
            print(f"## Python's {kind}, a small answer, 1 connection, {args.pairs} rounds\n")
            tape = f"{bench.folder}/{kind}.yaml"
            count = max(50, int(300 * args.seconds))
            rows = {f"{kind}, empty": lambda: bench.ask_in_python(kind, upstream.base_url, "-", count),
                    f"{kind}, reprise replay": lambda: bench.ask_in_python(kind, replay.base_url, "-", count),
                    f"{kind}, vcrpy replay": lambda: bench.ask_in_python(kind, upstream.base_url, tape, count)}
            rows[f"{kind}, vcrpy replay"]()  # records
            everything[kind] = results = interleave(args.pairs, rows)
            print_rows(results, lambda name: f"{kind}, empty")
    for way in (record, replay, *peers.values(), upstream):
        way.close()
    return everything


def process_behind(port):
    """The id of the process that listens there."""
    inode = next(line.split()[9] for line in open("/proc/net/tcp") if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if any(os.readlink(f"/proc/{pid}/fd/{fd}") == f"socket:[{inode}]" for fd in os.listdir(f"/proc/{pid}/fd")):
                return pid
        except OSError:
            continue
    sys.exit(f"nobody is seen to listen on port {port}")


def slow_streams(bench, count):
    upstream = bench.empty()
    cassette = bench.make_cassette(upstream, ["stream-50-100"])
    rows = []
    print(f"{count} streams at once, 50 chunks 100 ms apart\n")
    print("| | answered | lost | wrong | threads at most | VmRSS median, VmHWM, MB | processor, s | first byte p50, most, ms | whole p50, most, s |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    ways = [lambda: bench.under_deck("replay", ["replay", "--cassette", cassette], REPRISE_TAKES="repeat", REPRISE_PACE="recorded"),
            lambda: bench.under_deck("record", ["record", "--accept", "--cassette", bench.folder + "/out.reprise"],
                                     OPENAI_BASE_URL=upstream.base_url)]
    for open_way in ways:
        way = open_way()
        url = urlsplit(way.base_url)
        pid = process_behind(url.port)
        client = bench.start([bench.load, "ask", url.netloc, url.path + "/chat/completions", "stream-50-100", str(count), str(count)])
        threads, resident = 0, []
        while client.poll() is None:
            status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
            threads = max(threads, int(status["Threads"]))
            resident.append(int(status["VmRSS"].split()[0]))
            time.sleep(0.05)
        result = json.loads(client.stdout.read())
        status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
        ticks = sum(map(int, open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[11:13]))
        result.update(way=way.name, threads=threads, resident_kib=statistics.median(resident), peak_kib=int(status["VmHWM"].split()[0]),
                      processor_s=ticks / os.sysconf("SC_CLK_TCK"))
        first, whole = result["first_ms"], result["whole_ms"]
        print(f"| {way.name} | {result['answered']} | {result['lost']} | {result['wrong']} | {threads} "
              f"| {result['resident_kib'] / 1024:.0f}, {result['peak_kib'] / 1024:.0f} | {result['processor_s']:.1f} | {first['p50']:.0f}, {first['most']:.0f} | {whole['p50'] / 1e3:.2f}, {whole['most'] / 1e3:.2f} |")
        way.close()
        rows.append(result)
    upstream.close()
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--pairs", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=1, help="of each measurement, about")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--mitmdump", metavar="PATH")
    parser.add_argument("--slow-streams", type=int, metavar="N")
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}, {time.strftime('%Y-%m-%d %H:%M')}\n")
    with tempfile.TemporaryDirectory(prefix="reprise_bench_") as folder:
        bench = Bench(os.path.abspath(args.build), folder)
        results = slow_streams(bench, args.slow_streams) if args.slow_streams else measure(bench, args)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(results, out)


if __name__ == "__main__":
    main()
