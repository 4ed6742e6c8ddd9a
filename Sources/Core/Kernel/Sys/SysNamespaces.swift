// `sys/namespaces`: tenants come, are looked at, described and go.

internal import Cryptography
internal import JSON
internal import Paths

enum SysNamespaces {
    private static let metadata = Field.object(
        "custom_metadata", "Texts by name, for people.")

    private static let seal = Field.any(
        "seal", "Not available: namespaces have no seal of their own.")

    static let paths = [
        CorePath(
            "namespaces/?", [.list: .immediate(list)],
            help: "List the namespaces directly below this one."),
        CorePath(
            "namespaces/:path*",
            [
                .read: .immediate(read), .update: .suspending(create),
                .create: .suspending(create), .patch: .suspending(patch),
                .delete: .suspending(delete),
            ], fields: [metadata, seal], help: "Create, read, describe or delete a namespace."),
    ]

    // MARK: Reading

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let own = call.state.namespace
        let children = call.server.namespaces.tree.value.children(of: own)
        guard !children.isEmpty else { return BackendAnswer() }
        let named = children.map { (own.relativePath(of: $0), presentation($0)) }
        let data: JSONValue = [
            "keys": .strings(named.map(\.0)), "key_info": .object(JSONObject(named)),
        ]
        return BackendAnswer(data: data.encoded())
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let path = try NamespacePath(call.name("path"))
        guard let found = call.server.namespaces.find(path, below: call.state.namespace) else {
            return BackendAnswer()
        }
        return BackendAnswer(data: presentation(found).encoded())
    }

    static func presentation(_ namespace: Namespace) -> JSONValue {
        [
            "custom_metadata": .object(namespace.metadataObject),
            "id": .string(namespace.shownID),
            "locked": .bool(namespace.lock != nil),
            "path": .string(namespace.path),
            "tainted": .bool(namespace.condition == .deleting),
            "uuid": .string(namespace.uuid.text),
        ]
    }

    // MARK: Changing

    private static func create(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let path = try NamespacePath(call.name("path"))
        try refuseSeal(call)
        var metadata: [String: String] = [:]
        let object = call.fields.object("custom_metadata")
        if let object { try merge(object, into: &metadata, removesNulls: false) }
        let made = try await call.server.namespaces.create(
            path, below: call.state.namespace, metadata: object == nil ? nil : metadata)
        return BackendAnswer(data: presentation(made).encoded())
    }

    private static func patch(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let path = try NamespacePath(call.name("path"))
        try refuseSeal(call)
        guard let object = call.fields.object("custom_metadata") else {
            throw BackendFailure(.invalidRequest, "\"custom_metadata\" must be an object")
        }
        let changed = try await call.server.namespaces.patch(path, below: call.state.namespace) {
            metadata throws(BackendFailure) in
            try merge(object, into: &metadata, removesNulls: true)
        }
        return BackendAnswer(data: presentation(changed).encoded())
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let path = try NamespacePath(call.name("path"))
        let isThere = try await call.server.namespaces.delete(path, below: call.state.namespace)
        guard isThere else {
            return BackendAnswer(warnings: ["requested namespace does not exist"])
        }
        return BackendAnswer(data: JSONValue.object(["status": "in-progress"]).encoded())
    }

    /// Whoever asks for a seal must not get a namespace without one.
    private static func refuseSeal(_ call: CoreCall) throws(BackendFailure) {
        switch call.fields.value("seal") {
        case nil, .null, .string(""): return
        default:
            throw BackendFailure(
                .invalidRequest, "\"seal\" is not available: namespaces have no seal of their own")
        }
    }

    /// Takes over what is given, within bounds. In a patch, `null` removes a name.
    private static func merge(
        _ object: JSONObject, into metadata: inout [String: String], removesNulls: Bool
    ) throws(BackendFailure) {
        for (name, value) in object.members {
            switch value {
            case .string(let text):
                guard !name.isEmpty,
                    name.utf8.count <= KernelLimits.namespaceMetadataNameBytes,
                    text.utf8.count <= KernelLimits.namespaceMetadataValueBytes
                else {
                    throw BackendFailure(
                        .invalidRequest,
                        "custom_metadata: names have 1 to "
                            + "\(KernelLimits.namespaceMetadataNameBytes) bytes, values at most "
                            + "\(KernelLimits.namespaceMetadataValueBytes)")
                }
                metadata[name] = text
            case .null where removesNulls: metadata[name] = nil
            default:
                throw BackendFailure(
                    .invalidRequest, "custom_metadata: values must be strings")
            }
        }
        guard metadata.count <= KernelLimits.namespaceMetadataEntries else {
            throw BackendFailure(
                .invalidRequest,
                "custom_metadata: there may be \(KernelLimits.namespaceMetadataEntries) entries")
        }
    }
}
