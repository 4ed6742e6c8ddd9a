#!/usr/bin/env python3
"""Keeps Documentation/endpoints.md in step with the server's own description of its API.

    Scripts/endpoints.py check openapi.json     says where the two differ, and exits with 1 if they do
    Scripts/endpoints.py write openapi.json     brings the document up to date

The document is the list of what there could be; the description says what there is. Rows are never taken out: what
the server does not answer is marked so.
"""

import itertools
import json
import re
import sys
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parent.parent / "Documentation" / "endpoints.md"
ROW = re.compile(r"^\| `(?P<methods>[A-Z/]+)` \| `(?P<path>[^`]+)` \| (?P<state>yes|not yet|refused: [^|]+) \|$")
FURTHER = "## Further endpoints"
# Engines that are mounted by people have tables of their own.
CORE = ("sys/", "auth/token/", "cubbyhole/", "identity/")
# Endpoints that are there only to say why they cannot do what they are for. A test asks each of them.
NO_SEAL = "refused: there is no seal that unseals itself"
REFUSED = {
    "sys/generate-recovery-token/": NO_SEAL, "sys/rekey-recovery-key/": NO_SEAL,
    "sys/rekey/recovery-key-backup": NO_SEAL, "sys/rotate/recovery": NO_SEAL,
    "sys/pprof": "refused: the server is not written in Go",
    "sys/internal/counters/activity": "refused: clients are not counted",
    "sys/internal/counters/config": "refused: clients are not counted",
}


def served(description):
    """Method and segments of every operation; a list is a method of its own."""
    found = set()
    for template, item in description["paths"].items():
        segments = tuple(template.strip("/").split("/"))
        for method, operation in item.items():
            if method not in ("get", "post", "patch", "delete"):
                continue
            names = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
            is_list = names.get("list", {}).get("required", False)
            found.add(("LIST" if is_list else method.upper(), segments))
    return found


def spellings(path):
    """The paths that a row stands for: `(/:x)` may be left out."""
    choices = [["", part[1:-1]] if part.startswith("(") else [part] for part in re.split(r"(\([^)]*\))", path)]
    return ["".join(choice).strip("/") for choice in itertools.product(*choices)]


def matches(wanted, template):
    """A parameter of the server's stands for anything, a literal for itself."""
    return len(wanted) == len(template) and all(
        mine.startswith("{") or mine == other for mine, other in zip(template, wanted))


def answers(methods, path, operations):
    for method, spelling in itertools.product(methods.split("/"), spellings(path)):
        method = {"PUT": "POST", "HEAD": "GET"}.get(method, method)
        wanted = tuple(spelling.split("/"))
        if not any(method == found and matches(wanted, template) for found, template in operations):
            return False
    return True


def state_of(path):
    return next((why for start, why in REFUSED.items() if path.startswith(start)), "yes")


def shown(template):
    return "/".join(f":{part[1:-1]}" if part.startswith("{") else part for part in template)


def updated(text, description):
    """The document as it should be."""
    operations = served(description)
    lines, covered = [], set()
    body = text.split(FURTHER)[0].rstrip("\n")
    for line in body.split("\n"):
        row = ROW.match(line)
        if row:
            methods, path = row["methods"], row["path"]
            state = state_of(path) if answers(methods, path, operations) else "not yet"
            line = f"| `{methods}` | `{path}` | {state} |"
            for method, spelling in itertools.product(methods.split("/"), spellings(path)):
                wanted = tuple(spelling.split("/"))
                method = {"PUT": "POST", "HEAD": "GET"}.get(method, method)
                covered |= {
                    (found, template) for found, template in operations
                    if found == method and matches(wanted, template)}
        lines.append(line)
    further = sorted(
        (shown(template), method) for method, template in operations - covered
        if f"{'/'.join(template)}/".startswith(CORE))
    lines += [
        "", FURTHER, "", "What answers besides: older names, and endpoints that the API's documentation does not list.",
        "", "| method | path | answers |", "|---|---|---|"]
    lines += [f"| `{method}` | `{path}` | {state_of(path)} |" for path, method in further]
    return "\n".join(lines) + "\n"


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "write"):
        sys.exit(__doc__)
    description = json.loads(Path(sys.argv[2]).read_text())
    text = DOCUMENT.read_text()
    wanted = updated(text, description)
    if sys.argv[1] == "write":
        DOCUMENT.write_text(wanted)
    elif wanted != text:
        have, want = set(text.split("\n")), set(wanted.split("\n"))
        sys.exit("\n".join(
            ["Documentation/endpoints.md is not what the server says; run `make endpoints`:"]
            + sorted(f"- {line}" for line in have - want) + sorted(f"+ {line}" for line in want - have)))


if __name__ == "__main__":
    main()
