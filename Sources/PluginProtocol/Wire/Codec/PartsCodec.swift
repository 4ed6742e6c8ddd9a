// What several messages have in common.

import CMessages
import CProtobufC

extension TextPair {
    init(_ c: Coffer__Plugin__Pair) throws(WireError) {
        self.init(try Arena.text(c.name, "pair name"), try Arena.text(c.value, "pair value"))
    }

    func build(_ arena: Arena) -> Coffer__Plugin__Pair {
        var c = Arena.new(Coffer__Plugin__Pair(), coffer__plugin__pair__init)
        c.name = arena.copy(name)
        c.value = arena.copy(value)
        return c
    }
}

extension PluginFailure {
    init(_ c: Coffer__Plugin__Failure) throws(WireError) {
        self.init(
            try FailureCode(wire: c.code.rawValue, "failure code"),
            try Arena.text(c.message, "failure message"))
    }

    func build(_ arena: Arena) -> Coffer__Plugin__Failure {
        var c = Arena.new(Coffer__Plugin__Failure(), coffer__plugin__failure__init)
        c.code = Coffer__Plugin__FailureCode(rawValue: UInt32(code.rawValue))
        c.message = arena.copy(message)
        return c
    }
}

extension Optional where Wrapped == PluginFailure {
    init(_ pointer: UnsafeMutablePointer<Coffer__Plugin__Failure>?) throws(WireError) {
        guard let c = Arena.read(pointer) else {
            self = nil
            return
        }
        self = try PluginFailure(c)
    }

    func build(_ arena: Arena) -> UnsafeMutablePointer<Coffer__Plugin__Failure>? {
        self.map { arena.message($0.build(arena)) }
    }
}

extension StorageEntry {
    init(_ c: Coffer__Plugin__Entry) throws(WireError) {
        let value = Arena.bytes(c.value)
        guard c.revision != 0 || value.isEmpty else {
            throw WireError(.invalidValue, "an entry of revision 0 with a value")
        }
        self.init(
            key: Arena.bytes(c.key), value: c.revision == 0 ? nil : value, revision: c.revision)
    }

    func build(_ arena: Arena) -> Coffer__Plugin__Entry {
        var c = Arena.new(Coffer__Plugin__Entry(), coffer__plugin__entry__init)
        c.key = arena.copy(key)
        c.value = arena.copy(value ?? [])
        c.revision = revision
        return c
    }
}
