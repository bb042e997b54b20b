"""The command line of scripts/bench."""

import argparse
import os
import sys

import servers


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("seconds", nargs="?", type=int, default=3)
    parser.add_argument("--instructions", action="store_true", help="compare instructions by request with budgets.toml")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="with --instructions: the N dearest functions")
    parser.add_argument("--calls", action="store_true", help="system calls by request")
    parser.add_argument("--idle", action="store_true", help="memory of idle connections")
    parser.add_argument("--latency", action="store_true", help="latencies at half load")
    parser.add_argument("--scale", metavar="FOLDER", help="growth, as SVG plots in this folder")
    return parser.parse_args()


def main():
    asked = arguments()
    program = os.path.realpath(os.environ["QSPROXY_BIN"])
    servers.partner()
    if asked.instructions:
        import instructions

        sys.exit(0 if instructions.check(instructions.measure(program, asked.show)) else 1)
    if asked.calls:
        import instructions

        return instructions.system_calls(program)
    if asked.idle:
        import idle

        return idle.measure(program)
    if asked.latency:
        import latency

        return latency.measure(program, asked.rounds, asked.seconds)
    if asked.scale:
        import scale

        return scale.measure(program, asked.scale)
    import peers

    peers.measure(program, asked.rounds, asked.seconds)


main()
