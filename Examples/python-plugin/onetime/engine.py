"""The notes. `notes/:name` is written once and read as often as its writer said, then it is gone."""

import json
import re

from onetime import plugin_pb2 as pb
from onetime.storage import Answer, Get, List, Refused, Write

MOST_READS = 100
NAMES = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")


def bits(*operations):
    return sum(1 << operation for operation in operations)


def routes():
    """What the core is told: it routes, shows help, and makes the OpenAPI document by it."""
    note = pb.RouteDeclaration(
        pattern=b"notes/:name", operations=bits(pb.READ, pb.UPDATE, pb.DELETE),
        existence=b"notes/{name}", summary=b"Leave a note, read it, take it back.",
        description=b"Reading takes one of the note's reads; with the last one the note is gone.")
    note.fields.add(name=b"name", kind=pb.STRING, help=b"Name of the note.")
    note.fields.add(name=b"note", kind=pb.STRING, help=b"For writes: what it says.")
    note.fields.add(name=b"reads", kind=pb.INTEGER, help=b"For writes: how often it can be read; once by default.")
    # The core may send this entry along with the request, which saves a round trip.
    note.reads.add(operations=note.operations, keys=[b"notes/{name}"])
    names = pb.RouteDeclaration(pattern=b"notes/?", operations=bits(pb.LIST), summary=b"List the notes.")
    return [note, names]


def handler(path, operation):
    """The handler for a request, or how it is refused."""
    if path in ("notes", "notes/"):
        handlers = {pb.LIST: list_notes}
    elif re.fullmatch("notes/[^/]+", path):
        # A route without CREATE serves it by its UPDATE.
        handlers = {
            pb.READ: read_note, pb.CREATE: write_note, pb.UPDATE: write_note, pb.DELETE: delete_note}
    else:
        raise Refused(pb.UNSUPPORTED_PATH, "unsupported path")
    if operation == pb.HELP:
        return show_help
    if operation not in handlers:
        raise Refused(pb.UNSUPPORTED_OPERATION, "unsupported operation")
    return handlers[operation]


def key(request):
    name = request.path.removeprefix("notes/")
    # A name becomes part of a key. What could lead out of its folder is not one.
    if not NAMES.fullmatch(name):
        raise Refused(pb.INVALID_REQUEST, "a name has letters, digits, \"-\", \"_\" and \".\"")
    return "notes/" + name


def read_note(request):
    place = key(request)
    stored = (yield Get([place]))[place]
    if stored is None:
        return Answer()
    note = json.loads(stored)
    note["reads"] -= 1
    # Of two who read the last time at once, one has the note: the other's write is refused, its handler
    # runs again and finds nothing.
    if note["reads"] > 0:
        yield Write(puts={place: json.dumps(note).encode()})
    else:
        yield Write(deletes=[place])
    return Answer({"note": note["note"], "reads_left": note["reads"]})


def write_note(request):
    place = key(request)
    body = request.body()
    text, reads = body.get("note"), number(body.get("reads", 1))
    if not isinstance(text, str) or not text:
        raise Refused(pb.INVALID_REQUEST, "missing note")
    if reads is None or not 1 <= reads <= MOST_READS:
        raise Refused(pb.INVALID_REQUEST, f"reads must be from 1 to {MOST_READS}")
    if (yield Get([place]))[place] is not None:
        raise Refused(pb.INVALID_REQUEST, "there is a note of that name")
    yield Write(puts={place: json.dumps({"note": text, "reads": reads}).encode()})
    return Answer()


def delete_note(request):
    place = key(request)
    if (yield Get([place]))[place] is not None:
        yield Write(deletes=[place])
    return Answer()


def list_notes(request):
    names, after, more = [], "", True
    while more:
        page, more = yield List("notes/", after)
        names += page
        after = names[-1] if names else ""
        more = more and bool(page)
    return Answer({"keys": names} if names else None)


def show_help(request):
    lines = [f"    {route.pattern.decode()}\n        {route.summary.decode()}\n" for route in routes()]
    return Answer({"help": "## PATHS\n\n" + "\n".join(lines), "see_also": []})
    yield  # A generator like the others.


def number(value):
    """The command line sends numbers as text."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
