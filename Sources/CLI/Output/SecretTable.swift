// An answer as the two columns Key and Value: lease, token, wrapping, then the data.

import JSON

enum SecretTable {
    /// nil if there is nothing to show.
    static func text(_ secret: Secret) -> String? {
        var table = Table("Key", "Value")
        appendLease(secret, to: &table)
        if let auth = secret.auth { append(auth: auth, to: &table) }
        if let info = secret.wrapInfo { append(wrapping: info, to: &table) }
        if let data = secret.data { append(data, to: &table) }
        return table.isEmpty ? nil : table.text
    }

    static func text(_ data: JSONObject) -> String? {
        var table = Table("Key", "Value")
        append(data, to: &table)
        return table.isEmpty ? nil : table.text
    }

    private static func append(_ data: JSONObject, to table: inout Table) {
        for (key, value) in data.sortedMembers {
            table.append(key, PlainValue.text(value, named: key))
        }
    }

    private static func appendLease(_ secret: Secret, to table: inout Table) {
        guard secret.leaseSeconds > 0 else { return }
        let duration = GoDuration.readable(seconds: secret.leaseSeconds)
        if secret.leaseID.isEmpty {
            table.append("refresh_interval", duration)
        } else {
            table.append("lease_id", secret.leaseID)
            table.append("lease_duration", duration)
            table.append("lease_renewable", String(secret.isRenewable))
        }
    }

    private static func append(auth: JSONObject, to table: inout Table) {
        table.append("token", auth["client_token"]?.stringValue ?? "")
        table.append("token_accessor", auth["accessor"]?.stringValue ?? "")
        // A token without an end, such as a root token.
        let seconds = auth["lease_duration"]?.intValue ?? 0
        table.append("token_duration", seconds == 0 ? "∞" : GoDuration.readable(seconds: seconds))
        table.append("token_renewable", String(auth["renewable"]?.boolValue ?? false))
        table.append("token_policies", PlainValue.quotedList(auth["token_policies"]))
        table.append("identity_policies", PlainValue.quotedList(auth["identity_policies"]))
        table.append("policies", PlainValue.quotedList(auth["policies"]))
        for (key, value) in auth["metadata"]?.objectValue?.sortedMembers ?? [] {
            table.append("token_meta_" + key, PlainValue.text(value))
        }
    }

    private static func append(wrapping info: JSONObject, to table: inout Table) {
        let rows = [
            ("wrapping_token:", "token"), ("wrapping_accessor:", "accessor"),
            ("wrapping_token_ttl:", "ttl"), ("wrapping_token_creation_time:", "creation_time"),
            ("wrapping_token_creation_path:", "creation_path"),
            ("wrapped_accessor:", "wrapped_accessor"),
        ]
        for (label, key) in rows {
            guard let value = info[key], value.stringValue != "" else { continue }
            table.append(label, PlainValue.text(value, named: key))
        }
    }
}
