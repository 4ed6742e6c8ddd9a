// A role: which service accounts may log in with it, and what their tokens are.

import JSON
import PluginSDK

struct Role: Sendable {
    enum AliasNameSource: String, Sendable, CaseIterable {
        case uid = "serviceaccount_uid"
        case name = "serviceaccount_name"
    }

    /// Names and patterns; a namespace may also be one that the selector selects.
    var boundNames: [String] = []
    var boundNamespaces: [String] = []
    /// As it was written; `LabelSelector` reads it.
    var namespaceSelector = ""
    /// "" for the API server's own.
    var audience = ""
    var aliasNameSource = AliasNameSource.uid
    var token = TokenParameters()

    /// What the parameters were called before all methods had the same.
    static let olderNames: [TokenParameter: String] = [
        .ttl: "ttl", .maxTTL: "max_ttl", .policies: "policies", .boundCIDRs: "bound_cidrs",
        .numberOfUses: "num_uses", .period: "period",
    ]

    static let folder = "role/"

    /// Where a role of that name is stored, in whatever case it is written; `nil` if none can be
    /// called so.
    static func storageKey(_ name: String) -> String? {
        guard isPlainName(name), name.utf8.count <= Limits.roleNameBytes else { return nil }
        return folder + name.lowercased()
    }

    // MARK: Record

    private static let layout: UInt8 = 1

    var record: [UInt8] {
        let value: JSONValue = [
            "names": .strings(boundNames), "namespaces": .strings(boundNamespaces),
            "selector": .string(namespaceSelector), "audience": .string(audience),
            "alias": .string(aliasNameSource.rawValue),
        ]
        var writer = RecordWriter(layout: Self.layout, capacity: 512)
        token.write(to: &writer)
        writer.raw(value.encoded()[...])
        return writer.bytes
    }

    init() {}

    init(record: [UInt8]) throws(PluginError) {
        do throws(RecordError) {
            var reader = try RecordReader(record, layout: Self.layout)
            token = try TokenParameters(from: &reader)
            guard let value = try? JSONValue(parsing: Array(reader.remainder())),
                let alias = value["alias"]?.stringValue.flatMap(AliasNameSource.init(rawValue:)),
                let names = value["names"]?.texts, let namespaces = value["namespaces"]?.texts
            else { throw .damaged }
            boundNames = names
            boundNamespaces = namespaces
            namespaceSelector = value["selector"]?.stringValue ?? ""
            audience = value["audience"]?.stringValue ?? ""
            aliasNameSource = alias
        } catch { throw error.failure(of: "role") }
    }

    // MARK: Who may log in

    func admits(name: String) -> Bool { Glob.matchesAny(boundNames, name) }

    /// By the names alone; where a selector is given, the namespace's labels may admit it too.
    func admits(namespace: String) -> Bool { Glob.matchesAny(boundNamespaces, namespace) }
}

extension JSONValue {
    fileprivate var texts: [String]? { arrayValue?.compactMap(\.stringValue) }
}
