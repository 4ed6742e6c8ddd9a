// Requests for an engine of which nothing is known but what it declares: one for each operation of
// each of its paths.

import JSON
import Paths
import Wire

struct DerivedRequest {
    let path: String
    let operation: Paths.Operation
    let route: RouteDeclaration
    /// The entries that a host would send along.
    let reads: [String]

    /// A word for every capture; it is in every path and so never a secret.
    static let capture = "conformance"
    /// What only a request's data hold. Nothing of it belongs into a log.
    static let marker = "hush-7c2f9e41"

    static func all(_ routes: [RouteDeclaration]) throws -> [DerivedRequest] {
        var requests: [DerivedRequest] = []
        for route in routes {
            let path = path(route.pattern)
            guard let captures = try PathPattern(parsing: route.pattern).match(path) else {
                throw Failed("the pattern \(route.pattern) does not match \(path)")
            }
            for operation in Paths.Operation.allCases
            where operation == .help || serves(route, operation) {
                requests.append(
                    DerivedRequest(
                        path: path, operation: operation, route: route,
                        reads: try reads(route, operation).compactMap { $0.expand(captures) }))
            }
        }
        return requests
    }

    private static func serves(_ route: RouteDeclaration, _ operation: Paths.Operation) -> Bool {
        route.operations.contains(OperationBits(operation: operation.rawValue))
            || (operation == .create && serves(route, .update))
    }

    /// A route without `create` serves it, and reads for it, by its `update`.
    private static func reads(
        _ route: RouteDeclaration, _ operation: Paths.Operation
    ) throws -> [KeyTemplate] {
        let own = OperationBits(operation: operation.rawValue)
        let served =
            operation == .create && !route.operations.contains(own)
            ? OperationBits(operation: Paths.Operation.update.rawValue) : own
        return try route.reads.filter { $0.operations.contains(served) }
            .flatMap(\.keys).map { try KeyTemplate(parsing: $0) }
    }

    static func path(_ pattern: String, capture: String = capture) -> String {
        let text = pattern.hasSuffix("/?") ? String(pattern.dropLast(2)) : pattern
        return text.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.first == ":" ? capture : String($0) }.joined(separator: "/")
    }

    var isWrite: Bool { [.create, .update, .patch].contains(operation) }

    /// A request with these data, and with the entries that it reads where a store is given.
    func request(
        _ mount: MountID, data: [UInt8] = [], prefetchedFrom desk: StorageDesk? = nil
    ) -> EngineRequest {
        EngineRequest(
            mount: mount, operation: operation.rawValue, path: Array(path.utf8), data: data,
            requestID: [UInt8](repeating: 0x2A, count: 16), entityID: "entity",
            displayName: "token-conformance", remoteAddress: "192.0.2.1",
            prefetched: desk.map { desk in reads.map { desk.entry($0, in: mount) } } ?? [])
    }

    /// A value that fits for each declared field, and what secrets commonly travel in.
    var markedData: [UInt8] {
        var object = JSONObject([
            ("value", .string(Self.marker)),
            ("data", .object(JSONObject([("password", .string(Self.marker))]))),
        ])
        for field in route.fields {
            object[field.name] = Self.value(FieldKind(rawValue: field.kind))
        }
        return JSONValue.object(object).encoded()
    }

    private static func value(_ kind: FieldKind?) -> JSONValue {
        switch kind {
        case .integer: 1
        case .boolean: true
        case .duration: "1h"
        case .stringList: .array([.string(marker)])
        case .object, .stringMap: .object(JSONObject([("k", .string(marker))]))
        case .string, .any, nil: .string(marker)
        }
    }

    var name: String { "\(operation) \(path)" }
}
