// The API's envelope around every answer.

import JSON

struct Secret: Sendable, Equatable {
    var data: JSONObject?
    var auth: JSONObject?
    var wrapInfo: JSONObject?
    var warnings: [String]
    var leaseID: String
    var leaseSeconds: Int
    var isRenewable: Bool
    private var requestID: JSONValue
    private var mountType: String

    init(data: JSONObject? = nil, auth: JSONObject? = nil) {
        self.init(members: JSONObject([("data", data.map { .object($0) } ?? .null)]))
        self.auth = auth
    }

    /// The body of an answer; nil if there is none.
    init?(parsing body: [UInt8]) throws(CommandError) {
        guard !body.allSatisfy({ $0 <= 0x20 }) else { return nil }
        do {
            let value = try JSONValue(parsing: body, limits: .unlimitedMembers)
            guard let members = value.objectValue else { return nil }
            self.init(members: members)
        } catch {
            throw .server("the server's answer is not the API's JSON (\(error.description))")
        }
    }

    private init(members: JSONObject) {
        data = members["data"]?.objectValue
        auth = members["auth"]?.objectValue
        wrapInfo = members["wrap_info"]?.objectValue
        warnings = members["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
        leaseID = members["lease_id"]?.stringValue ?? ""
        leaseSeconds = members["lease_duration"]?.intValue ?? 0
        isRenewable = members["renewable"]?.boolValue ?? false
        requestID = members["request_id"] ?? .string("")
        mountType = members["mount_type"]?.stringValue ?? ""
    }

    /// The keys of a list.
    var keys: [JSONValue]? { data?["keys"]?.arrayValue }

    var isWrapped: Bool { wrapInfo?["token"] != nil }

    /// The members in the order in which the `vault` command prints them; what is below `data` is
    /// sorted. Numbers keep the digits with which they came.
    var json: JSONValue {
        var members = JSONObject([
            ("request_id", requestID), ("lease_id", .string(leaseID)),
            ("lease_duration", .number(JSONNumber(leaseSeconds))),
            ("renewable", .bool(isRenewable)),
            ("data", data.map { JSONValue.object($0).sorted } ?? .null),
            ("warnings", warnings.isEmpty ? .null : .array(warnings.map { .string($0) })),
        ])
        if let auth { members["auth"] = .object(auth.leading(with: Self.authOrder)) }
        if let wrapInfo { members["wrap_info"] = .object(wrapInfo.leading(with: Self.wrapOrder)) }
        if !mountType.isEmpty { members["mount_type"] = .string(mountType) }
        return .object(members)
    }

    private static let authOrder = [
        "client_token", "accessor", "policies", "token_policies", "identity_policies", "metadata",
        "orphan", "entity_id", "lease_duration", "renewable",
    ]
    private static let wrapOrder = [
        "token", "accessor", "ttl", "creation_time", "creation_path", "wrapped_accessor",
    ]

    /// One value by the names that people know from the table.
    func field(_ name: String) -> JSONValue? {
        if let auth {
            switch name {
            case "token": return auth["client_token"]
            case "token_accessor": return auth["accessor"]
            case "token_duration": return auth["lease_duration"]
            case "token_renewable": return auth["renewable"]
            case "token_policies", "identity_policies", "policies": return auth[name]
            default: return data?[name]
            }
        }
        if let wrapInfo {
            switch name {
            case "wrapping_token": return wrapInfo["token"]
            case "wrapping_accessor": return wrapInfo["accessor"]
            case "wrapping_token_ttl": return wrapInfo["ttl"]
            case "wrapping_token_creation_time": return wrapInfo["creation_time"]
            case "wrapping_token_creation_path": return wrapInfo["creation_path"]
            case "wrapped_accessor": return wrapInfo["wrapped_accessor"]
            default: return data?[name]
            }
        }
        switch name {
        case "lease_id": return .string(leaseID)
        case "lease_duration", "refresh_interval": return .number(JSONNumber(leaseSeconds))
        case "renewable": return .bool(isRenewable)
        case "request_id": return requestID
        case "data": return data?["data"] ?? data.map { .object($0) }
        default: return data?[name]
        }
    }
}

extension JSONValue {
    /// Objects' members in the order of their keys' bytes, all the way down.
    var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let object):
            .object(JSONObject(object.sortedMembers.map { ($0.key, $0.value.sorted) }))
        default: self
        }
    }
}

extension JSONObject {
    var sortedMembers: [(key: String, value: JSONValue)] {
        members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// The named members first, in that order, then the others, sorted.
    func leading(with order: [String]) -> JSONObject {
        var result = JSONObject()
        for key in order { if let value = self[key] { result[key] = value.sorted } }
        for (key, value) in sortedMembers where !order.contains(key) { result[key] = value.sorted }
        return result
    }
}
