"""Who is right where the emulators differ: what `verdicts.toml` says, checked before it counts."""

import re
import tomllib

from botocore.exceptions import UnknownServiceError
from botocore.loaders import create_loader

OURS = "ours"
UNDOCUMENTED = "undocumented"
# Who can be right. `ours`: we, and who answers as we do.
RIGHT = {OURS, "ministack", "moto", "nobody", "not documented"}
PAGE = re.compile(r"[\w-]+(/[\w.-]+)+\.html")


def load(path) -> list:
    """The verdicts in order; `SystemExit` with what is wrong with which."""
    verdicts = tomllib.loads(path.read_text())["difference"]
    wrong = [f"{verdict.get('step')}: {fault}" for verdict in verdicts for fault in faults(verdict)]
    if wrong:
        raise SystemExit(f"{path.name}:\n" + "\n".join(wrong))
    return verdicts


def listed(value) -> list:
    return value if isinstance(value, list) else [value]


def faults(verdict: dict):
    keys = {"step", "ours", "right", "why", "source"}
    missing = [key for key in keys if not verdict.get(key)]
    if missing:
        yield f"says nothing of {', '.join(sorted(missing))}"
        return
    if unknown := set(verdict) - keys:
        yield f"does not know {', '.join(sorted(unknown))}"
    for field, answer in verdict["ours"].items():
        if not answer.strip("*"):
            yield f"pins no answer of ours at {field}: {answer!r} fits all"
    if verdict["right"] not in RIGHT:
        yield f"right is one of {', '.join(sorted(RIGHT))}"
    sources = listed(verdict["source"])
    if (verdict["right"] == "not documented") != (UNDOCUMENTED in sources):
        yield f"`{UNDOCUMENTED}` is the source of what is `not documented`, and of nothing else"
    for source in sources:
        yield from source_faults(source)


def source_faults(source: str):
    kind, _, rest = (part.strip() for part in source.partition(":"))
    if source == UNDOCUMENTED:
        return
    if kind not in {"model", "page", "recorded"} or not rest:
        yield f"source {source!r} is not `model: …`, `page: …`, `recorded: …` or `{UNDOCUMENTED}`"
    elif kind == "page" and not PAGE.fullmatch(rest):
        yield f"page {rest!r} is not a page below docs.aws.amazon.com"
    elif kind == "model":
        service, _, members = rest.partition(" ")
        for member in members.split(", "):
            if not in_model(service, member):
                yield f"the service model of {service} has no {member!r}"


def in_model(service: str, member: str) -> bool:
    """`Operation`, `Shape` or `Shape.member` of the model that botocore brings along."""
    try:
        model = create_loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        return False
    shape, _, inner = member.partition(".")
    if not inner:
        return shape in model["operations"] or shape in model["shapes"]
    return inner in model["shapes"].get(shape, {}).get("members", {})


def fits(pattern: str, text: str) -> bool:
    """`*` stands for any characters, everything else for itself."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def text(value) -> str:
    """An answer as verdicts pin it: the entries of a list by commas, `nothing` for what is empty or left out."""
    if isinstance(value, list):
        return ", ".join(map(text, value))
    if value in (None, ""):
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)


def about(verdict: dict, step: str, field: str):
    """The patterns of the step and of the field by which the verdict is about them, or None."""
    steps = [pattern for pattern in listed(verdict["step"]) if fits(pattern, step)]
    fields = [pattern for pattern in verdict["ours"] if fits(pattern, field)]
    return (steps[0], fields[0]) if steps and fields else None


def pinned(verdict: dict, field_pattern: str, said: dict) -> bool:
    return fits(verdict["ours"][field_pattern], text(said[OURS]))
