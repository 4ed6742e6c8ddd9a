// One message of every kind with every field set, and the empty ones. The golden frames are these.

import Wire

enum Samples {
    static let mountID = MountID(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF)

    static let auth = AuthGrant(
        policies: ["default", "app-readonly"], displayName: "userpass-ada",
        metadata: [TextPair("username", "ada")], ttlSeconds: 3600, maxTTLSeconds: 7200,
        periodSeconds: 60, explicitMaxTTLSeconds: 86_400, renewable: true, aliasName: "ada",
        aliasMetadata: [TextPair("team", "engines")], numUses: 5,
        boundCIDRs: ["10.0.0.0/8", "::1/128"], tokenType: .batch, noDefaultPolicy: true,
        internalData: [1, 2, 3])

    static let all: [(name: String, call: UInt64, message: Message)] = [
        (
            "hello", 0,
            .hello(
                Hello(
                    major: 1, minor: 2, features: ["events"], maxFrameBytes: 33_619_968,
                    maxCallsInFlight: 1024, lane: 3, grease: .none))
        ),
        (
            "hello-reply", 0,
            .helloReply(
                HelloReply(
                    major: 1, minor: 0, features: ["events"], name: "kv", version: "1.2.3",
                    type: .secret, maxCallsInFlight: 4096))
        ),
        (
            "mount", 1,
            .mount(
                MountSpec(
                    id: mountID, generation: 7, options: ["version": "2", "a": "é"],
                    defaultLeaseTTLSeconds: 2_764_800, maxLeaseTTLSeconds: 2_764_801,
                    grease: .none))
        ),
        (
            "mount-reply", 1,
            .mountReply(
                MountReply(
                    routes: [
                        RouteDeclaration(
                            pattern: "data/:path*", operations: OperationBits(rawValue: 0x7E),
                            fields: [
                                FieldDeclaration(
                                    name: "version", kind: 2, required: true, help: "Which one.")
                            ],
                            reads: [
                                ReadDeclaration(
                                    operations: OperationBits(rawValue: 0x04), keys: ["v2/{path}"]),
                                ReadDeclaration(
                                    operations: OperationBits(rawValue: 0x0A),
                                    keys: ["config", "v2/{path}"]),
                            ], existence: "v2/{path}",
                            summary: "Read a secret.", description: "At length.")
                    ],
                    unauthenticatedPaths: ["ca/pem"], sudoPaths: ["root/*"], initialises: true))
        ),
        (
            "mount-reply-failure", 3,
            .mountReply(MountReply(error: PluginFailure(.invalidRequest, "version 3?")))
        ),
        (
            "mount-reply-auth", 1,
            .mountReply(
                MountReply(
                    routes: [
                        RouteDeclaration(
                            pattern: "login/:username", operations: OperationBits(rawValue: 0x08),
                            summary: "Log in.", loginName: "username")
                    ], unauthenticatedPaths: ["login/*"], wantsInvalidations: true))
        ),
        ("unmount", 5, .unmount(Unmount(id: mountID))),
        ("unmount-reply", 5, .unmountReply(UnmountReply())),
        (
            "request", 0x1_0000_0001,
            .request(
                EngineRequest(
                    mount: mountID, operation: 2, path: Array("data/a/b".utf8),
                    data: Array(#"{"version":"2"}"#.utf8), requestID: [UInt8](0..<16),
                    entityID: "e-1", displayName: "token", remoteAddress: "127.0.0.1",
                    headers: [TextPair("x-one", "1"), TextPair("x-one", "2")],
                    deadlineMilliseconds: 90_000,
                    prefetched: [
                        StorageEntry(key: Array("v2/a/b".utf8), value: [0, 255], revision: 9),
                        StorageEntry(key: Array("config".utf8), value: nil, revision: 0),
                        StorageEntry(key: Array("empty".utf8), value: [], revision: 1),
                    ], internalData: [7]))
        ),
        ("response-empty", 7, .response(EngineResponse())),
        (
            "response", 7,
            .response(
                EngineResponse(
                    data: Array(#"{"a":1}"#.utf8), httpStatus: 404, warnings: ["old"],
                    lease: LeaseGrant(
                        ttlSeconds: 60, maxTTLSeconds: 120, renewable: true, internalData: [4]),
                    auth: auth,
                    raw: RawBody(contentType: "text/plain", body: [104, 105], status: 200),
                    headers: [TextPair("cache-control", "no-store")], leaseDurationSeconds: 30))
        ),
        (
            "response-groups", 7,
            .response(
                EngineResponse(
                    auth: AuthGrant(
                        policies: [], aliasName: "ada", groupAliases: ["engines", "é"])))
        ),
        ("response-wake", 7, .response(EngineResponse(wakeSeconds: 3_600))),
        (
            "response-failure", 9,
            .response(EngineResponse(failure: PluginFailure(.permissionDenied, "no")))
        ),
        (
            "storage-get", 2,
            .storage(
                StorageRequest(mount: mountID, parentCall: 7, action: .get([[97], []])))
        ),
        (
            "storage-password", 4,
            .storage(
                StorageRequest(mount: mountID, parentCall: 7, action: .password(policy: "short")))
        ),
        (
            "storage-fill", 4,
            .storage(
                StorageRequest(
                    mount: mountID, parentCall: 7,
                    action: .fill(["{{identity.entity.name}}", "{{identity.entity.id}}.a"])))
        ),
        (
            "storage-database", 8,
            .storage(
                StorageRequest(
                    mount: mountID, parentCall: 7,
                    action: .database(
                        DatabaseCall(
                            plugin: "my-database", version: "v1.2.3", operation: "new-user",
                            data: Array(#"{"username":"ada"}"#.utf8),
                            timeoutMilliseconds: 20_000))))
        ),
        (
            "storage-list", 4,
            .storage(
                StorageRequest(
                    mount: mountID, parentCall: 7,
                    action: .list(prefix: Array("a/".utf8), after: [98], limit: 100)))
        ),
        (
            "storage-commit", 6,
            .storage(
                StorageRequest(
                    mount: mountID, parentCall: 7,
                    action: .commit(
                        StorageCommit(
                            preconditions: [
                                StoragePrecondition(key: [97], revision: 12),
                                StoragePrecondition(key: [98], revision: 0),
                            ],
                            puts: [StoragePut(key: [97], value: [1, 2, 3])], deletes: [[99]]))))
        ),
        (
            "storage-reply-entries", 2,
            .storageReply(
                .entries([StorageEntry(key: [97], value: [1], revision: .max)]))
        ),
        ("storage-reply-names", 4, .storageReply(.names([[97], [98, 47]], more: true))),
        (
            "storage-intent", 6,
            .storage(
                StorageRequest(
                    mount: mountID, parentCall: 7,
                    action: .commit(StorageCommit(intent: Array("undo".utf8)))))
        ),
        ("storage-reply-committed", 6, .storageReply(.committed(revision: 13))),
        ("storage-reply-conflict", 6, .storageReply(.conflict(key: [97]))),
        ("storage-reply-password", 4, .storageReply(.password("s3crét"))),
        ("storage-reply-filled", 4, .storageReply(.filled(["alicé", nil]))),
        (
            "storage-reply-database", 8,
            .storageReply(
                .database(
                    DatabaseAnswer(data: Array(#"{"username":"ada"}"#.utf8), version: "v1.2.3")))
        ),
        (
            "storage-reply-failure", 6,
            .storageReply(.failure(PluginFailure(.unavailable, "sealed")))
        ),
        ("cancel", 7, .cancel),
        ("invalidate", 0, .invalidate(Invalidate(mount: mountID, key: [107]))),
        ("drain", 0, .drain),
        ("close", 0, .close(Close(reason: .malformedMessage, message: "not a message"))),
        ("ping", 11, .ping),
        ("pong", 11, .pong),
        (
            "event", 0,
            .event(EngineEvent(mount: mountID, name: "rotated", data: Array("{}".utf8)))
        ),
    ]

    static func encoded(_ message: Message, call: UInt64) -> [UInt8] {
        var out: [UInt8] = []
        message.encode(call: call, into: &out)
        return out
    }
}
