// `sys/raw`: the entries behind the barrier as they are stored, for repairs. It passes by every
// engine and is there only if the configuration says so.

internal import Barrier
internal import Cryptography
internal import JSON
internal import Paths

enum SysRaw {
    static let paths = [
        CorePath("raw/?", [.list: .immediate(list)], help: "List the barrier's entries."),
        CorePath(
            "raw/:path*",
            [
                .read: .immediate(read), .update: .suspending(write), .delete: .suspending(delete),
                .list: .immediate(list),
            ],
            fields: [
                .string("value", "The entry."),
                .string("encoding", "\"base64\", if the value is."),
                .boolean("compressed", default: true, "Of no effect: entries are not compressed."),
                .string("compression_type", "Not available."),
            ], help: "Read, write, delete or list the barrier's entries."),
    ]

    static let sudo = ["raw", "raw/*"]

    private static func key(_ call: CoreCall) throws(BackendFailure) -> String {
        try requireEnabled(call)
        let key = call.name("path")
        try MountStorage.check(key)
        guard !key.utf8.starts(with: NamespaceTable.keyFolder.utf8) else {
            throw BackendFailure(.permissionDenied, "\"\(key)\" cannot be read or written here")
        }
        return key
    }

    /// As if it were not there.
    private static func requireEnabled(_ call: CoreCall) throws(BackendFailure) {
        guard call.core.settings.isRawStorageEnabled else {
            throw BackendFailure(.unsupportedPath, "unsupported path")
        }
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let key = try key(call)
        guard
            let entry = try guarding(
                key,
                { () throws(BarrierError) in
                    try call.core.barrier.get(key)
                })
        else { return BackendAnswer() }
        let value: String
        if try isBase64(call) {
            value = Base64.encode(entry.value)
        } else if let text = String(validating: entry.value, as: UTF8.self) {
            value = text
        } else {
            throw BackendFailure(
                .invalidRequest, "the value is not UTF-8; ask for it with encoding=base64")
        }
        return BackendAnswer(data: JSONValue.object(["value": .string(value)]).encoded())
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let key = try key(call)
        if let compression = call.fields.string("compression_type"), !compression.isEmpty {
            throw BackendFailure(
                .invalidRequest, "compression is not available: entries are not compressed")
        }
        guard let text = call.fields.string("value") else {
            throw BackendFailure(.invalidRequest, "missing required field 'value'")
        }
        let value: [UInt8]
        if try isBase64(call) {
            guard let bytes = Base64.decode(text) else {
                throw BackendFailure(.invalidRequest, "the value is not base64")
            }
            value = bytes
        } else {
            value = Array(text.utf8)
        }
        do throws(BarrierError) {
            try await call.core.barrier.commit(BarrierBatch(puts: [(key, value)]))
        } catch { throw refusal(error, key) }
        await tellEngines(of: key, call)
        return BackendAnswer()
    }

    /// Engines that keep entries in memory, of whichever namespace.
    private static func tellEngines(of key: String, _ call: CoreCall) async {
        for state in (try? call.core.activeState())?.namespaces.loaded ?? [] {
            await state.mounts.entryChanges.tell(ofEntry: key)
        }
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let key = try key(call)
        do throws(BarrierError) {
            try await call.core.barrier.commit(BarrierBatch(deletes: [key]))
        } catch { throw refusal(error, key) }
        await tellEngines(of: key, call)
        return BackendAnswer()
    }

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        try requireEnabled(call)
        var folder = call.name("path")
        if !folder.isEmpty, folder.utf8.last != UInt8(ascii: "/") { folder += "/" }
        if !folder.isEmpty { try MountStorage.check(String(folder.dropLast())) }
        var keys: [JSONValue] = []
        try call.core.barrier.forEachName(in: folder) { name throws(BackendFailure) in
            keys.append(.string(name))
        }
        if keys.isEmpty { return BackendAnswer() }
        return BackendAnswer(data: JSONValue.object(["keys": .array(keys)]).encoded())
    }

    private static func isBase64(_ call: CoreCall) throws(BackendFailure) -> Bool {
        switch call.fields.string("encoding") ?? "" {
        case "": return false
        case "base64": return true
        default: throw BackendFailure(.invalidRequest, "invalid encoding; there is \"base64\"")
        }
    }

    private static func guarding<Value>(
        _ key: String, _ body: () throws(BarrierError) -> Value
    ) throws(BackendFailure) -> Value {
        do throws(BarrierError) { return try body() } catch { throw refusal(error, key) }
    }

    /// The barrier's own records, from which keys could be had, cannot be named.
    private static func refusal(_ error: BarrierError, _ key: String) -> BackendFailure {
        guard error.code == .invalidKey else { return BackendFailure(error) }
        return BackendFailure(.invalidRequest, "cannot access '\(key)'")
    }
}
