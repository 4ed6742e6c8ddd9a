"""Storage, as a handler sees it. PROTOCOL: Storage.

A handler is a generator: it yields what it wants to know or to write, is sent the result, and returns an
answer. So no thread waits, and one that is cancelled is simply dropped.

    entries = yield Get(["notes/a"])        # {"notes/a": b"..." or None}
    names, more = yield List("notes/")
    yield Write(puts={"notes/a": b"..."})   # conditional on all that was read
    return Answer({"note": "..."})
"""

from dataclasses import dataclass, field

from onetime import plugin_pb2 as pb

MOST_TRIES = 16


@dataclass
class Get:
    keys: list


@dataclass
class List:
    prefix: str
    after: str = ""
    limit: int = 1000


@dataclass
class Write:
    puts: dict = field(default_factory=dict)
    deletes: list = field(default_factory=list)


@dataclass
class Answer:
    """Data None is 204 for a write, and 404 for a read or a list."""

    data: dict | None = None
    warnings: list = field(default_factory=list)


class Refused(Exception):
    """What the client is told. The text holds nothing of what the client sent."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
        self.text = text


class Run:
    """One request on its way through its handler. `start` and `resume` give a storage call to make, or the
    answer when the handler has returned."""

    def __init__(self, handler, request, prefetched):
        self._handler = handler
        self._request = request
        self._prefetched = {entry.key: entry for entry in prefetched}
        self._tries = 0

    def start(self):
        self._tries += 1
        if self._tries > MOST_TRIES:
            raise Refused(pb.UNAVAILABLE, "too many write this at once, try again later")
        self._steps = self._handler(self._request)
        self._known = {}
        return self._advance(None)

    def resume(self, reply):
        kind = reply.WhichOneof("result")
        if kind == "failure":
            raise Refused(reply.failure.code, reply.failure.message.decode())
        if isinstance(self._wish, Write) and kind == "conflict":
            # Somebody changed what this was computed from. What came with the request is as old.
            self._prefetched = {}
            return self.start()
        if isinstance(self._wish, Write) and kind == "committed":
            self._known = {}
            self._prefetched = {}
            return self._advance(None)
        if isinstance(self._wish, Get) and kind == "entries":
            self._known.update((entry.key, entry) for entry in reply.entries.entries)
            if all(key.encode() in self._known for key in self._wish.keys):
                return self._advance(self._values())
        if isinstance(self._wish, List) and kind == "names":
            return self._advance(([name.decode() for name in reply.names.names], reply.names.more))
        raise Refused(pb.INTERNAL_ERROR, "a storage reply that does not fit its call")

    def _advance(self, result):
        while True:
            try:
                self._wish = self._steps.send(result)
            except StopIteration as end:
                return end.value
            if not isinstance(self._wish, Get):
                break
            # The core may have sent the entries along with the request.
            for key in [key.encode() for key in self._wish.keys]:
                if key in self._prefetched:
                    self._known.setdefault(key, self._prefetched[key])
            if any(key.encode() not in self._known for key in self._wish.keys):
                break
            result = self._values()
        return self._call()

    def _values(self):
        """By key; None for an entry that is not there, which has the revision 0."""
        entries = {key: self._known[key.encode()] for key in self._wish.keys}
        return {key: entry.value if entry.revision else None for key, entry in entries.items()}

    def _call(self):
        call = pb.Storage()
        if isinstance(self._wish, Get):
            call.get.keys.extend(key.encode() for key in self._wish.keys)
        elif isinstance(self._wish, List):
            call.list.prefix = self._wish.prefix.encode()
            call.list.after = self._wish.after.encode()
            call.list.limit = self._wish.limit
        else:
            # Without the conditions, two who write at once would undo each other's work.
            for key, entry in self._known.items():
                call.commit.preconditions.add(key=key, revision=entry.revision)
            for key, value in self._wish.puts.items():
                call.commit.puts.add(key=key.encode(), value=value)
            call.commit.deletes.extend(key.encode() for key in self._wish.deletes)
        return call
