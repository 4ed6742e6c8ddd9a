// `role/<name>`: written, read, listed and deleted.

import JSON
import Paths
import PluginSDK

let rolePath = Path(
    "role/:name", [.read: readRole, .create: writeRole, .update: writeRole, .delete: deleteRole],
    fields: [
        .string("name", "Name of the role."),
        .stringList(
            "bound_service_account_names",
            "Names of service accounts that may log in with the role; * stands for any text."),
        .stringList(
            "bound_service_account_namespaces",
            "Namespaces whose service accounts may log in with the role; * stands for any text."),
        .string(
            "bound_service_account_namespace_selector",
            "A label selector, in JSON or YAML, for namespaces whose service accounts may log in "
                + "with the role, beside those that are named."),
        .string(
            "audience",
            "For whom a token must have been made out. The default is the API server."),
        .string(
            "alias_name_source", default: Role.AliasNameSource.uid.rawValue,
            "What the alias of an entity is called by: serviceaccount_uid, which is never used "
                + "again, or serviceaccount_name, which is the namespace and the name."),
    ] + TokenParameters.fields(olderNames: Role.olderNames),
    reads: [Role.folder + "{name:lower}"], existence: Role.folder + "{name:lower}",
    help: "Binds service accounts to the tokens that they get.")

let listRolesPath = Path(
    "role/?", .list, fields: NameListing.fields, help: "Lists the roles."
) { try NameListing.outcome($0, prefix: Role.folder) }

private func storageKey(_ request: Request) throws(PluginError) -> String {
    Role.folder + (try request.foldedName("name", of: "role", maxBytes: Limits.roleNameBytes))
}

private let readRole: Handler = { request in
    let key = try storageKey(request)
    return .read([key]) { entries in
        guard let record = entries[key] else { return .answer(.none) }
        return .answer(.data(.object(try Role(record: record).shown)))
    }
}

private let deleteRole: Handler = { request in
    var batch = WriteBatch()
    batch.delete(try storageKey(request))
    return .answer(.none, writing: batch)
}

/// What is not given stays as it is.
private let writeRole: Handler = { request in
    let key = try storageKey(request)
    let fields = try request.fields()
    return .read([key]) { entries in
        var role = try entries[key].map { try Role(record: $0) } ?? Role()
        try role.take(fields)
        var batch = WriteBatch()
        batch.put(key, role.record)
        guard role.audience.isEmpty else { return .answer(.none, writing: batch) }
        let warning =
            "The role has no audience: a token is accepted that was made out for the Kubernetes "
            + "API server, and whoever else is shown that token can log in with it. Consider "
            + "setting \"audience\"."
        return .answer(Answer(warnings: [warning]), writing: batch)
    }
}

extension Role {
    fileprivate var shown: JSONObject {
        var object = JSONObject([
            ("bound_service_account_names", .strings(boundNames)),
            ("bound_service_account_namespaces", .strings(boundNamespaces)),
            ("bound_service_account_namespace_selector", .string(namespaceSelector)),
            ("alias_name_source", .string(aliasNameSource.rawValue)),
        ])
        if !audience.isEmpty { object["audience"] = .string(audience) }
        for (name, value) in token.members(olderNames: Self.olderNames) { object[name] = value }
        return object
    }

    fileprivate mutating func take(_ fields: FieldValues) throws(PluginError) {
        if let names = try Self.names(fields, "bound_service_account_names") { boundNames = names }
        if let names = try Self.names(fields, "bound_service_account_namespaces") {
            boundNamespaces = names
        }
        if fields.isPresent("bound_service_account_namespace_selector") {
            namespaceSelector = fields.string("bound_service_account_namespace_selector") ?? ""
            if !namespaceSelector.isEmpty { _ = try LabelSelector(namespaceSelector) }
        }
        if fields.isPresent("audience") {
            audience = fields.string("audience") ?? ""
            guard audience.utf8.count <= Limits.audienceBytes else {
                throw PluginError(.invalidRequest, "audience is too long")
            }
        }
        if fields.isPresent("alias_name_source") {
            let name = fields.string("alias_name_source") ?? ""
            guard let source = AliasNameSource(rawValue: name) else {
                throw PluginError(
                    .invalidRequest,
                    "invalid alias_name_source, must be one of: serviceaccount_uid, "
                        + "serviceaccount_name")
            }
            aliasNameSource = source
        }
        try token.take(fields, olderNames: Self.olderNames)
        guard !boundNames.isEmpty else {
            throw PluginError(.invalidRequest, "\"bound_service_account_names\" can not be empty")
        }
        guard !boundNamespaces.isEmpty || !namespaceSelector.isEmpty else {
            throw PluginError(
                .invalidRequest,
                "\"bound_service_account_namespaces\" can not be empty if "
                    + "\"bound_service_account_namespace_selector\" is not set")
        }
    }

    private static func names(
        _ fields: FieldValues, _ name: String
    ) throws(PluginError) -> [String]? {
        guard fields.isPresent(name) else { return nil }
        let names = fields.stringList(name) ?? []
        guard names.count <= Limits.boundNames else {
            throw PluginError(.invalidRequest, "\(name) has more than \(Limits.boundNames) entries")
        }
        guard names.allSatisfy({ !$0.isEmpty && $0.utf8.count <= Limits.boundNameBytes }) else {
            throw PluginError(.invalidRequest, "\(name) has an entry that is empty or too long")
        }
        // Whoever names some and then all has not meant one of the two.
        guard names.count < 2 || !names.contains("*") else {
            throw PluginError(.invalidRequest, "can not mix \"*\" with values")
        }
        return names
    }
}
