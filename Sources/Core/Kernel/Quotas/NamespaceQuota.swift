// Bounds of a namespace, as they were configured.

internal import JSON

/// Holds for a namespace and those below it together.
struct NamespaceQuota: Sendable {
    /// The fields, as clients and storage know them.
    static let fields: [(name: String, bound: BoundPath)] = [
        ("max_storage_bytes", \.storageBytes), ("max_mounts", \.mounts),
        ("max_plugin_processes", \.pluginProcesses),
        ("max_plugin_memory", \.pluginMemoryBytes),
    ]
    typealias BoundPath = any WritableKeyPath<NamespaceBounds, Int?> & Sendable

    static let type = "namespace"
    private static let format = 1

    /// Path of the namespace, with a slash at its end.
    var path: String
    var bounds: NamespaceBounds

    var name: String { bounds.quota }
    var scope: QuotaScope { .prefix(path) }
    /// By which the barrier counts what is stored.
    var label: String { bounds.label }

    /// Numbers of which 0 is "without a bound".
    private var numbers: [(String, JSONValue)] {
        Self.fields.map { ($0.name, .number(JSONNumber(bounds[keyPath: $0.bound] ?? 0))) }
    }

    var presentation: JSONObject {
        JSONObject(
            numbers + [
                ("name", .string(name)), ("path", .string(path)), ("type", .string(Self.type)),
            ])
    }

    func encoded() -> [UInt8] {
        let object = JSONObject(
            [("v", .number(JSONNumber(Self.format))), ("name", .string(name))]
                + [("path", .string(path))] + numbers)
        return JSONValue.object(object).encoded()
    }

    init(path: String, bounds: NamespaceBounds) {
        self.path = path
        self.bounds = bounds
    }

    init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), value["v"]?.intValue == Self.format,
            let name = value["name"]?.stringValue, let path = value["path"]?.stringValue,
            !path.isEmpty
        else { return nil }
        var bounds = NamespaceBounds(quota: name, of: path)
        for field in Self.fields {
            guard let number = value[field.name]?.intValue, number > 0 else { continue }
            bounds[keyPath: field.bound] = number
        }
        self.init(path: path, bounds: bounds)
    }
}
