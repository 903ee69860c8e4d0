#!/usr/bin/env python3
"""What reprise adds to a one-test process: python3 startup.py PROGRAM [PAIRS]

PROGRAM is the e2e_asks of a build. Runs it with one test that replays a recorded call (starts the deck, opens a session,
asks, closes) and with one that never meets reprise, in interleaved pairs, and prints medians, spread and difference.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time


def run(program, test, environment):
    start = time.perf_counter()
    done = subprocess.run([program, "--gtest_filter=" + test, "--gtest_brief=1"], env=environment,
                          stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{test} failed; run it by hand")
    return (time.perf_counter() - start) * 1000


def line(name, times):
    times = sorted(times)
    print(f"{name:34} median {statistics.median(times):7.2f} ms   min {times[0]:6.2f}   max {times[-1]:6.2f}   n {len(times)}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, pairs = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 101
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "REPRISE_CASSETTES": folder + "/cassettes"}
        run(program, "Engine.Records", dict(environment, REPRISE_MODE="record"))
        without, with_it = [], []
        for _ in range(pairs):
            without.append(run(program, "Chat.NeverMeetsReprise", environment))
            with_it.append(run(program, "Engine.Records", environment))
        line("one test, without reprise", without)
        line("one test, one replayed call", with_it)
        line("added", [b - a for a, b in zip(without, with_it)])


if __name__ == "__main__":
    main()
