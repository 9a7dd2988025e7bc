"""Runs one list of boto3 scripts against the embedded AWS and two other emulators, and prints where the
three differ.

    parity.py --datamesh target/debug/datamesh --folder target/parity [--only sqs] [-v]
    parity.py --peer ours=http://127.0.0.1:4566 --peer moto=http://127.0.0.1:5000

A difference that `verdicts.toml` knows is counted under who is right by the service's documentation; one that
it does not know is printed, and the exit status is 1. So is one where we are said to be wrong.
"""

import argparse
import fnmatch
import importlib
import pathlib
import sys
import tomllib

import record
import servers

HERE = pathlib.Path(__file__).parent
OURS = "ours"


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
    verdicts = tomllib.loads((HERE / "verdicts.toml").read_text())["difference"]
    used, tally, open_ones = set(), {}, []
    for step, field, said in found:
        known = next((n for n, one in enumerate(verdicts) if covers(one, step, field, said)), None)
        if known is None:
            open_ones.append((step, field, said, None))
            continue
        used.add(known)
        right = verdicts[known]["right"]
        tally[right] = tally.get(right, 0) + 1
        if OURS not in right:
            open_ones.append((step, field, said, verdicts[known]))
        elif verbose:
            show(step, field, said, verdicts[known])
    for one in open_ones:
        show(*one)
    for number, one in enumerate(verdicts):
        if number not in used and all(part in runs for part in ["ministack", "moto"]):
            print(f"no longer a difference: {one['step']} {one['field']}")
    same = sum(1 for step in runs[OURS]) - len({step for step, _, _ in found})
    print(f"{len(runs[OURS])} calls, {same} the same everywhere, {len(found)} differences")
    for right, count in sorted(tally.items()):
        print(f"    {count} where right: {right}")
    print(f"    {len(open_ones)} open")
    return 1 if open_ones else 0


def covers(verdict: dict, step: str, field: str, said: dict) -> bool:
    """A verdict is about a step and a field (shell patterns), and may say what we answer there."""
    fits = fnmatch.fnmatchcase(step, verdict["step"]) and fnmatch.fnmatchcase(field, verdict["field"])
    return fits and verdict.get("ours", said[OURS]) == said[OURS]


def show(step: str, field: str, said: dict, verdict: dict | None) -> None:
    print(f"{step}  {field}")
    for peer, value in said.items():
        print(f"    {peer:<10} {value}")
    if verdict:
        print(f"    right: {verdict['right']}: {verdict['why']}")


if __name__ == "__main__":
    sys.exit(main())
