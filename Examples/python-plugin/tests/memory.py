"""A mount's storage in memory: entries with revisions, and conditional commits. PROTOCOL: Storage."""

from onetime import plugin_pb2 as pb


class Storage:
    def __init__(self):
        self.entries = {}
        self.before_commit = None  # The place of somebody who writes at the same time.
        self._revision = 0

    def finish(self, run):
        """Runs a request to its end, and gives the data of its answer."""
        step = run.start()
        while isinstance(step, pb.Storage):
            step = run.resume(self.reply(step))
        return step.data

    def reply(self, call):
        reply = pb.StorageReply()
        if call.WhichOneof("action") == "get":
            reply.entries.SetInParent()
            for key in call.get.keys:
                value, revision = self.entries.get(key, (b"", 0))
                reply.entries.entries.add(key=key, value=value, revision=revision)
        elif call.WhichOneof("action") == "list":
            names = sorted(key.removeprefix(call.list.prefix) for key in self.entries)
            left = [name for name in names if name > call.list.after]
            reply.names.names.extend(left[:call.list.limit])
            reply.names.more = len(left) > call.list.limit
        else:
            self._commit(call.commit, reply)
        return reply

    def _commit(self, commit, reply):
        if self.before_commit:
            hook, self.before_commit = self.before_commit, None
            hook()
        for condition in commit.preconditions:
            if self.entries.get(condition.key, (b"", 0))[1] != condition.revision:
                reply.conflict.key = condition.key
                return
        self._revision += 1
        for put in commit.puts:
            self.entries[put.key] = (put.value, self._revision)
        for key in commit.deletes:
            self.entries.pop(key, None)
        reply.committed.revision = self._revision
