// Headers for a web interface, kept for the day there is one.

internal import Barrier
internal import Cryptography
internal import JSON

/// Below `<namespace>/ui-headers/`, one entry per header.
final class UIHeaderStore: Sendable {
    private static let format = 1
    private let barrier: Barrier
    private let prefix: String
    private let changes = AsyncLock()

    init(barrier: Barrier, namespacePrefix: String) {
        self.barrier = barrier
        prefix = namespacePrefix + "ui-headers/"
    }

    func names() throws(BackendFailure) -> [String] {
        var names: [String] = []
        try barrier.forEachName(in: prefix) { encoded in
            if let bytes = Hex.decode(encoded) {
                names.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        return names
    }

    func values(_ name: String) throws(BackendFailure) -> [String]? {
        guard let stored = try barrier.read(key(name)) else { return nil }
        guard let value = try? JSONValue(parsing: stored.value),
            value["v"]?.intValue == Self.format,
            let values = value["values"]?.arrayValue?.compactMap(\.stringValue)
        else {
            throw BackendFailure(
                .internalError, "a stored header has a form that this version does not know")
        }
        return values
    }

    func put(_ name: String, _ values: [String]) async throws(BackendFailure) {
        try Self.check(name, values)
        let key = key(name)
        let value: JSONValue = [
            "v": .number(JSONNumber(Self.format)), "values": .strings(values),
        ]
        try await changes.withLock { () async throws(BackendFailure) in
            let isNew = try self.barrier.read(key) == nil
            let count = try self.names().count
            guard !isNew || count < KernelLimits.uiHeaders else {
                throw BackendFailure(.invalidRequest, "there are too many headers")
            }
            try await self.barrier.put(key, value.encoded())
        }
    }

    func delete(_ name: String) async throws(BackendFailure) {
        let key = key(name)
        try await changes.withLock { () async throws(BackendFailure) in
            try await self.barrier.delete(key)
        }
    }

    private static func check(_ name: String, _ values: [String]) throws(BackendFailure) {
        guard HeaderName.isValid(name) else {
            throw BackendFailure(.invalidRequest, "this is no header's name")
        }
        if name.lowercased().hasPrefix("x-vault-") {
            throw BackendFailure(.invalidRequest, "X-Vault headers cannot be set")
        }
        guard !values.isEmpty else {
            throw BackendFailure(.invalidRequest, "header values must be set")
        }
        guard values.count <= KernelLimits.uiHeaderValues,
            values.allSatisfy({
                $0.utf8.count <= KernelLimits.uiHeaderValueBytes && HeaderName.isValue($0)
            })
        else {
            throw BackendFailure(
                .invalidRequest, "header values are too many, too long or not on one line")
        }
    }

    private func key(_ name: String) -> String {
        prefix + Hex.encode(Array(HeaderName.canonical(name).utf8))
    }
}
