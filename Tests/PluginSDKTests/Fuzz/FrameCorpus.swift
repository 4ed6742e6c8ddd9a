// Good frames of both directions, for breaking.

import Wire

enum FrameCorpus {
    static let mount = MountID(high: 1, low: 2)

    static let fromPlugin: [[UInt8]] = encode([
        (0, .helloReply(HelloReply(features: ["a"], name: "f", version: "1", type: .secret))),
        (
            1,
            .mountReply(
                MountReply(
                    routes: [
                        RouteDeclaration(
                            pattern: "data/:path*", operations: OperationBits(rawValue: 6),
                            fields: [FieldDeclaration(name: "f", kind: 1, help: "h")],
                            reads: [
                                ReadDeclaration(
                                    operations: OperationBits(rawValue: 4), keys: ["d/{path}"])
                            ], existence: "d/{path}", summary: "s",
                            description: "d")
                    ], unauthenticatedPaths: ["a"], sudoPaths: ["b/*"], initialises: true))
        ),
        (1, .mountReply(MountReply(error: PluginFailure(.invalidRequest, "no")))),
        (3, .unmountReply(UnmountReply())),
        (5, .response(EngineResponse(data: Array(#"{"a":1}"#.utf8), warnings: ["w", ""]))),
        (
            7,
            .response(
                EngineResponse(
                    httpStatus: 404, lease: LeaseGrant(ttlSeconds: 60, internalData: [1]),
                    auth: AuthGrant(
                        policies: ["p"], metadata: [TextPair("a", "b")], aliasName: "x",
                        boundCIDRs: ["::/0"], tokenType: .service),
                    raw: RawBody(contentType: "text/plain", body: [1]),
                    headers: [TextPair("h", "v")]))
        ),
        (9, .response(EngineResponse(failure: PluginFailure(.notFound, "gone")))),
        (2, storage(.get([[97], Array("config".utf8)]))),
        (4, storage(.list(prefix: Array("a/".utf8), after: [], limit: 100))),
        (
            6,
            storage(
                .commit(
                    StorageCommit(
                        preconditions: [StoragePrecondition(key: [97], revision: 1)],
                        puts: [StoragePut(key: [97], value: [1, 2])], deletes: [[98]])))
        ),
        (6, .cancel), (8, .ping), (11, .pong), (0, .drain),
        (0, .event(EngineEvent(mount: mount, name: "e", data: Array("{}".utf8)))),
        (0, .close(Close(reason: .goingAway, message: "bye"))),
    ])

    static let fromHost: [[UInt8]] = encode([
        (0, .hello(Hello(features: ["a"], lane: 0, grease: .none))),
        (
            1,
            .mount(
                MountSpec(id: mount, generation: 1, options: ["version": "2"], grease: .none))
        ),
        (3, .unmount(Unmount(id: MountID(high: 3, low: 4)))),
        (5, request(2, "plain")), (7, request(2, "counter/a")), (9, request(3, "counter/a")),
        (11, request(3, "counter/b", #"{"by":2}"#)), (13, request(6, "names")),
        (15, request(3, "steps")), (17, request(7, "plain")), (19, request(8, "")),
        (
            21,
            .request(
                EngineRequest(
                    mount: mount, operation: 2, path: Array("counter/c".utf8),
                    requestID: [UInt8](0..<16), entityID: "e", displayName: "d",
                    remoteAddress: "::1", headers: [TextPair("a", "b")],
                    deadlineMilliseconds: 60_000,
                    prefetched: [
                        StorageEntry(key: Array("counter/c".utf8), value: [3], revision: 4)
                    ]))
        ),
        (2, .storageReply(.entries([entry("counter/a", [1]), entry("counter/b", nil)]))),
        (4, .storageReply(.entries([entry("first", [1]), entry("second", [1])]))),
        (6, .storageReply(.committed(revision: 5))),
        (2, .storageReply(.conflict(key: [97]))),
        (4, .storageReply(.names([[97], [98, 47]], more: true))),
        (6, .storageReply(.failure(PluginFailure(.unavailable, "sealed")))),
        (7, .cancel), (9, .cancel), (23, .ping), (8, .pong),
        (0, .invalidate(Invalidate(mount: mount, key: [107]))),
        (0, .drain), (0, .close(Close(reason: .internalError, message: "x"))),
    ])

    private static func storage(_ action: StorageAction) -> Message {
        .storage(StorageRequest(mount: mount, parentCall: 7, action: action))
    }

    private static func request(_ operation: UInt8, _ path: String, _ data: String = "") -> Message
    {
        .request(
            EngineRequest(
                mount: mount, operation: operation, path: Array(path.utf8),
                data: Array(data.utf8)))
    }

    private static func entry(_ key: String, _ value: [UInt8]?) -> StorageEntry {
        StorageEntry(key: Array(key.utf8), value: value, revision: value == nil ? 0 : 1)
    }

    private static func encode(_ messages: [(UInt64, Message)]) -> [[UInt8]] {
        messages.map { call, message in
            var bytes: [UInt8] = []
            message.encode(call: call, into: &bytes)
            return bytes
        }
    }
}
