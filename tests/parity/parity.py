"""Runs one list of boto3 scripts against the embedded AWS and two other emulators, and prints where the
three differ.

    parity.py --datamesh target/debug/datamesh --folder target/parity [--only sqs] [-v]
    parity.py --peer ours=http://127.0.0.1:4566 --peer moto=http://127.0.0.1:5000

A difference that `verdicts.toml` knows, with our answer, is counted under who is right by the service's
documentation; one that it does not know is printed, and the exit status is 1. So is one where we are said to be
wrong, and one where we answer otherwise than when it was settled. A verdict without a source is refused.
"""

import argparse
import importlib
import pathlib
import sys

import record
import servers
import verdicts
from verdicts import OURS

HERE = pathlib.Path(__file__).parent


def main() -> int:
    options = arguments()
    if options.peer:
        return compare(options.peer, options)
    with servers.started(options.folder, options.datamesh) as peers:
        return compare(peers, options)


def compare(peers: list, options: argparse.Namespace) -> int:
    scripts = sorted(path.stem for path in (HERE / "scripts").glob("*.py"))
    scripts = [name for name in scripts if not options.only or name in options.only]
    sys.path.insert(0, str(HERE))
    runs = {}
    for peer, url in peers:
        runs[peer] = {}
        for name in scripts:
            module = importlib.import_module(f"scripts.{name}")
            runs[peer] |= record.play(url, name, module)
    found = list(differences(runs))
    return report(found, runs, options.verbose)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", action="append", type=lambda text: tuple(text.split("=", 1)))
    parser.add_argument("--datamesh", help="the command, where no peers are named")
    parser.add_argument("--folder", type=pathlib.Path, help="where the other emulators are installed")
    parser.add_argument("--only", action="append", help="a script's name; all of them if left out")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the known differences too")
    return parser.parse_args()


def differences(runs: dict):
    """(step, field, what each peer said), where ours and another are not the same."""
    for step, ours in runs[OURS].items():
        fields = sorted({field for run in runs.values() for field in run.get(step, {})})
        # Where the outcome differs, the fields of the answer say nothing more.
        if len({run.get(step, {}).get("outcome") for run in runs.values()}) > 1:
            fields = ["outcome"]
        for field in fields:
            said = {peer: run.get(step, {}).get(field) for peer, run in runs.items()}
            if any(value != ours.get(field) for value in said.values()):
                yield step, field, said


def report(found: list, runs: dict, verbose: bool) -> int:
    known = verdicts.load(HERE / "verdicts.toml")
    used, tally, open_ones = set(), {}, []
    for step, field, said in found:
        near = [(number, verdicts.about(verdict, step, field)) for number, verdict in enumerate(known)]
        near = [(known[number], number, patterns) for number, patterns in near if patterns]
        settled = [one for one in near if verdicts.pinned(one[0], one[2][1], said)]
        if not settled:
            # With a verdict about the same that knows another answer of ours, if there is one.
            open_ones.append((step, field, said, near[0] if near else None))
            continue
        verdict, number, patterns = settled[0]
        used |= {(number, pattern) for pattern in patterns}
        tally[verdict["right"]] = tally.get(verdict["right"], 0) + 1
        if verdict["right"] not in {OURS, "not documented"}:
            open_ones.append((step, field, said, settled[0]))
        elif verbose:
            show(step, field, said, settled[0])
    for one in open_ones:
        show(*one)
    if all(part in runs for part in ["ministack", "moto"]):
        stale(known, used, {step.split(".")[0] for step in runs[OURS]})
    same = sum(1 for step in runs[OURS]) - len({step for step, _, _ in found})
    print(f"{len(runs[OURS])} calls, {same} the same everywhere, {len(found)} differences")
    for right, count in sorted(tally.items()):
        print(f"    {count} where right: {right}")
    print(f"    {len(open_ones)} open")
    return 1 if open_ones else 0


def stale(known: list, used: set, scripts: set) -> None:
    """Says what the verdicts of the scripts that ran are about and is no difference any more."""
    for number, verdict in enumerate(known):
        steps = verdicts.listed(verdict["step"])
        if any(pattern.split(".")[0] in scripts for pattern in steps):
            for pattern in [*steps, *verdict["ours"]]:
                if (number, pattern) not in used:
                    print(f"no longer a difference: {pattern} ({', '.join(steps)})")


def show(step: str, field: str, said: dict, near: tuple | None) -> None:
    print(f"{step}  {field}")
    for peer, value in said.items():
        print(f"    {peer:<10} {value}")
    if near:
        verdict, _, (_, pattern) = near
        print(f"    right: {verdict['right']}: {verdict['why']}")
        print(f"    by: {'; '.join(verdicts.listed(verdict['source']))}")
        if not verdicts.pinned(verdict, pattern, said):
            print(f"    which is of another answer of ours: {verdict['ours'][pattern]}")


if __name__ == "__main__":
    sys.exit(main())
