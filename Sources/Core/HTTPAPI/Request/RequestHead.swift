// What the request line and the headers say, read once and checked, before a byte of the body is
// looked at.

internal import Clock
internal import Cryptography
internal import Kernel
internal import NIOHTTP1
internal import Paths

/// The acceptable head of a request. A class, since it waits for its body and is handed around.
final class RequestHead {
    private(set) var operation: Operation
    private(set) var path: RequestPath
    private(set) var isHead = false
    /// As it came.
    let method: String
    /// The query as a JSON object, for the operations that have no body.
    private(set) var queryData: [UInt8] = []
    let fields: HeaderFields

    /// Whether the body is the request's data; the others' bodies are dropped, as Vault does.
    var takesBody: Bool { operation == .update || operation == .patch }

    /// - Parameter verb: the method as it came; the decoder knows no LIST (see `MessageFramer`).
    init(
        _ head: HTTPRequestHead, verb: RequestVerb, limits: HTTPLimits, requiresRequestHeader: Bool
    ) throws(Refusal) {
        guard head.uri.utf8.count <= limits.maxTargetBytes else { throw .targetTooLong }
        let target = RequestTarget(head.uri)
        path = try RequestPath(target: target.path)
        if path.hasEmptySegments, verb != .read, verb != .head { throw RequestPath.emptySegments }
        method = verb == .list ? "LIST" : head.method.rawValue
        fields = try HeaderFields(head.headers, version: head.version)
        if requiresRequestHeader, !fields.isMarkedAsRequest { throw .requestHeaderMissing }
        switch verb {
        case .update:
            operation = .update
        case .patch:
            operation = .patch
            try fields.requireMergePatch()
        case .read, .head, .list, .delete:
            isHead = verb == .head
            operation = verb == .delete ? .delete : .read
            if verb == .list || !target.query.isEmpty {
                try readQuery(target.query, verb: verb, limit: limits.maxParameters)
            }
        }
    }

    private func readQuery(
        _ query: Substring, verb: RequestVerb, limit: Int
    ) throws(Refusal) {
        let parameters = try Parameters(query, limit: limit)
        switch verb {
        case .list:
            operation = .list
        case .read, .head:
            if parameters["help"] != nil {
                operation = .help
            } else if let list = parameters["list"], !list.isEmpty {
                guard let isList = Self.boolean(list) else {
                    throw .badRequest("query parameter \"list\" must be true or false")
                }
                if isList { operation = .list }
            }
        case .update, .patch, .delete: break
        }
        if operation == .list { path.makeFolder() }
        queryData = parameters.encodedJSON(leavingOut: ["help", "list"])
    }

    /// The spellings that Vault takes for a boolean.
    private static func boolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    /// The request as the core sees it.
    func request(_ data: [UInt8], on connection: ConnectionHandler) -> ClientRequest {
        let settings = connection.settings
        return ClientRequest(
            lane: connection.lane.lane, operation: operation, path: path.text,
            hasEmptySegments: path.hasEmptySegments, token: fields.token,
            namespace: fields.namespace, data: data, wrapTTLSeconds: fields.wrapTTLSeconds,
            remoteAddress: connection.remoteAddress, remotePort: connection.remotePort,
            headers: fields.others, maxSeconds: settings.maxRequestSeconds,
            receivedNanoseconds: MonotonicClock.nowNanoseconds, isHead: isHead,
            listenerPermissions: settings.permissions)
    }
}

/// The methods that the API has.
enum RequestVerb {
    case read, head, list, update, patch, delete

    init(_ method: HTTPMethod, isList: Bool) throws(Refusal) {
        switch method {
        case .GET: self = .read
        case .HEAD: self = .head
        case .POST, .PUT: self = .update
        case .PATCH: self = .patch
        case .DELETE: self = .delete
        case MessageFramer.methodForList where isList: self = .list
        default: throw .methodNotAllowed
        }
    }
}

/// A request target, cut into path and query; nothing is decoded.
struct RequestTarget {
    let path: Substring
    let query: Substring

    init(_ text: String) {
        let target = Self.withoutAuthority(text)
        let cut = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        path = target[..<cut]
        query = target[cut...].dropFirst()
    }

    /// Servers must accept "GET http://host/path" as well.
    private static func withoutAuthority(_ text: String) -> Substring {
        guard text.utf8.first != UInt8(ascii: "/") else { return text[...] }
        for scheme in ["http://", "https://"] where text.utf8.starts(with: scheme.utf8) {
            let rest = text.utf8.dropFirst(scheme.utf8.count)
            let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? text.endIndex
            return text[slash...]
        }
        return text[...]
    }
}
