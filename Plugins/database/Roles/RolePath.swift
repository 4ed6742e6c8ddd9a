// `roles/:name`: how users are made.

import JSON
import Paths
import PluginSDK

let listRolesPath = listPath("roles/?", StorageKey.roles, help: "List the roles.")

let rolePath = Path(
    "roles/:name",
    [
        .read: { request in
            let name = try request.name()
            return .read([StorageKey.role(name)]) { entries in
                guard let bytes = entries[StorageKey.role(name)] else { return .answer(.none) }
                return .answer(
                    .data(try DatabaseRole(decoding: bytes).json(showsSecrets: false)))
            }
        },
        .update: { request in
            let name = try request.name()
            let fields = try request.fields()
            return .read([StorageKey.role(name), StorageKey.staticRole(name)]) { entries in
                guard entries[StorageKey.staticRole(name)] == nil else { throw nameIsTaken }
                var role =
                    try entries[StorageKey.role(name)].map { (bytes) throws(PluginError) in
                        try DatabaseRole(decoding: bytes)
                    } ?? DatabaseRole()
                try role.take(fields)
                var batch = WriteBatch()
                batch.put(StorageKey.role(name), role.json(showsSecrets: true).encoded())
                return .answer(.none, writing: batch)
            }
        },
        .delete: { request in
            var batch = WriteBatch()
            batch.delete(StorageKey.role(try request.name()))
            return .answer(.none, writing: batch)
        },
    ],
    fields: [
        .string("name", "Name of the role."),
        .string("db_name", "Name of the connection."),
        .any(
            "creation_statements",
            "Statements that make a user, as all others divided by semicolons; a list of such, or "
                + "either in base64. For Redis, rules in a JSON list; without any, users may read "
                + "everything."),
        .any(
            "revocation_statements",
            "Statements that end a user; without any it loses its rights and is dropped. One "
                + "that the server does not end by them is shut out, and it is tried again."),
        .any(
            "rollback_statements",
            "Statements that undo the making of a user that may not have come about; without any, "
                + "those of the revocation."),
        .any("renew_statements", "Statements that let a user live longer."),
        .duration("default_ttl", "How long a user lives without being renewed."),
        .duration("max_ttl", "How long a user lives at most."),
    ] + CredentialType.fields,
    reads: [StorageKey.role("{name}"), StorageKey.staticRole("{name}")],
    existence: StorageKey.role("{name}"),
    help: "Read, write or delete a role.")

/// Roles and static roles share `allowed_roles`, which does not tell them apart.
let nameIsTaken = PluginError(
    .invalidRequest, "Role and Static Role names must be unique")

extension DatabaseRole {
    fileprivate mutating func take(_ fields: FieldValues) throws(PluginError) {
        if let name = fields.string("db_name") { database = name }
        guard !database.isEmpty else {
            throw PluginError(.invalidRequest, "empty database name attribute")
        }
        guard isName(database) else {
            throw PluginError(.invalidRequest, "db_name is no name of a connection")
        }
        if let value = try fields.statements("creation_statements") { creation = value }
        if let value = try fields.statements("revocation_statements") { revocation = value }
        if let value = try fields.statements("rollback_statements") { rollback = value }
        if let value = try fields.statements("renew_statements") { renewal = value }
        if let seconds = fields.duration("default_ttl") { defaultTTLSeconds = seconds }
        if let seconds = fields.duration("max_ttl") { maxTTLSeconds = seconds }
        if maxTTLSeconds > 0, defaultTTLSeconds > maxTTLSeconds {
            throw PluginError(
                .invalidRequest,
                "default_ttl must not be greater than max_ttl")
        }
        credential = try CredentialSettings(fields, instead: credential)
    }
}
