// Calls of database plugins and their answers, inside of storage calls and replies.

import CMessages
import CProtobufC

extension DatabaseCall {
    init(_ c: Coffer__Plugin__DatabaseCall) throws(WireError) {
        self.init(
            plugin: try Arena.text(c.plugin, "database plugin"),
            version: try Arena.text(c.version, "database plugin's version"),
            operation: try Arena.text(c.operation, "database operation"),
            data: Arena.bytes(c.data), timeoutMilliseconds: c.timeout_milliseconds)
    }

    func build(_ arena: Arena) -> Coffer__Plugin__DatabaseCall {
        var c = Arena.new(Coffer__Plugin__DatabaseCall(), coffer__plugin__database_call__init)
        c.plugin = arena.copy(plugin)
        c.version = arena.copy(version)
        c.operation = arena.copy(operation)
        c.data = arena.copy(data)
        c.timeout_milliseconds = timeoutMilliseconds
        return c
    }
}

extension DatabaseAnswer {
    init(_ c: Coffer__Plugin__DatabaseAnswer) throws(WireError) {
        self.init(
            data: Arena.bytes(c.data), version: try Arena.text(c.version, "database version"))
    }

    func build(_ arena: Arena) -> Coffer__Plugin__DatabaseAnswer {
        var c = Arena.new(
            Coffer__Plugin__DatabaseAnswer(), coffer__plugin__database_answer__init)
        c.data = arena.copy(data)
        c.version = arena.copy(version)
        return c
    }
}
