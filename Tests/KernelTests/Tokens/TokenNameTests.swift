import Barrier
import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct TokenNameTests {
    private func accessor(_ server: TestCore, _ token: String) async throws -> String {
        let data = await server.call(.read, "auth/token/lookup-self", token: token).data
        return try #require(data?["accessor"]?.stringValue)
    }

    private func lookup(_ server: TestCore, accessor: String) async -> Int {
        await server.call(
            .update, "auth/token/lookup-accessor", ["accessor": .string(accessor)]
        ).status
    }

    private func indexedAccessors(_ server: TestCore) throws -> [String] {
        try server.storedKeys().filter { $0.contains("/token/accessor/") }
    }

    @Test("tokens lie in storage in the order of their making") func order() async throws {
        let server = try await TestCore()
        let tokens = try server.core.rootState().tokens
        var names: [String] = []
        for _ in 0..<50 {
            names.append(tokens.key(of: .init(utf8: try await server.token(["default"]))).text)
        }
        #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(Set(names.map { TokenKey(text: $0)?.number }).count == 50)
    }

    @Test("an accessor leads to its token without an index") func noIndex() async throws {
        let server = try await TestCore()
        let before = try indexedAccessors(server)
        let first = try await server.token(["default"])
        let second = try await server.token(["default"])
        #expect(try indexedAccessors(server) == before)
        for token in [first, second] {
            let accessor = try await accessor(server, token)
            let seen = await server.call(
                .update, "auth/token/lookup-accessor", ["accessor": .string(accessor)])
            #expect(seen.data?["accessor"]?.stringValue == accessor)
            #expect(seen.data?["creation_time"] != nil)
        }
    }

    @Test("whoever knows a token's time, but not its accessor, reaches nothing")
    func wrongAccessor() async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"])
        let good = try await accessor(server, token)
        let flipped = String(good.dropLast()) + (good.hasSuffix("a") ? "b" : "a")
        let number = good.prefix(SerialNumber.characters)
        for wrong in [
            flipped, String(number), number + String(repeating: "0", count: 15), good + "x",
            String(good.dropLast()), good.lowercased() + "\0", number + "…",
        ] {
            #expect(await lookup(server, accessor: wrong) == 403)
        }
        #expect(await lookup(server, accessor: good) == 200)
    }

    @Test("two tokens of the same moment are told apart by the rest of their accessors")
    func sameNumber() async throws {
        let server = try await TestCore()
        let tokens = try server.core.rootState().tokens
        let template = try #require(
            try tokens.find(tokens.key(of: .init(utf8: try await server.token(["default"])))))
        let number = SerialNumber.next()
        var accessors: [String] = []
        for _ in 0..<5 {
            var entry = template.entry
            entry.accessor = TokenText.accessor(number)
            accessors.append(entry.accessor)
            let key = tokens.key(of: .init(utf8: TokenText.token(number)))
            try await server.core.barrier.write(
                tokens.insertion(of: entry, key: key, parent: nil))
        }
        for accessor in accessors {
            let key = try #require(try tokens.tokenKey(accessor: accessor))
            #expect(try tokens.find(key)?.entry.accessor == accessor)
        }
    }

    @Test("a token with an id of somebody's choice is found by its accessor and leaves no index")
    func chosen() async throws {
        let server = try await TestCore()
        let before = try indexedAccessors(server)
        let token = try await server.token(["default"], ["id": "chosen"])
        let accessor = try await accessor(server, token)
        #expect(try indexedAccessors(server).count == before.count + 1)
        #expect(await lookup(server, accessor: accessor) == 200)
        _ = await server.call(
            .update, "auth/token/revoke-accessor", ["accessor": .string(accessor)])
        #expect(await lookup(server, accessor: accessor) == 403)
        #expect(try indexedAccessors(server) == before)
    }

    @Test("a token of an older version opens what it opened, and is found and revoked as before")
    func oldForm() async throws {
        let server = try await TestCore()
        let tokens = try server.core.rootState().tokens
        let before = try server.storedKeys()
        let (token, accessor) = ("hvs." + Base62.random(24), Base62.random(24))
        let key = tokens.key(of: .init(utf8: token))
        #expect(key.text.utf8.count == 64)
        let json = """
            {"v":1,"accessor":"\(accessor)","policies":["default"],"path":"auth/token/create",\
            "display_name":"token","meta":{},"created":1000,"ttl":60,"creation_ttl":60,\
            "explicit_max_ttl":0,"period":0,"expires":99999999999,"renewed":0,"uses":0,\
            "renewable":true,"parent":"","revoking":false}
            """
        var batch = BarrierBatch()
        batch.puts = [
            (tokens.idPath(key), Array(json.utf8)),
            (tokens.accessorPath(tokens.key(ofAccessor: accessor)), Array(key.text.utf8)),
            (tokens.expiryPath(99_999_999_999, key), []),
        ]
        try await server.core.barrier.write(batch)
        #expect(await server.call(.read, "auth/token/lookup-self", token: token).status == 200)
        #expect(await lookup(server, accessor: accessor) == 200)
        _ = await server.call(.update, "auth/token/renew-self", token: token)
        #expect(await lookup(server, accessor: accessor) == 200)
        _ = await server.call(
            .update, "auth/token/revoke-accessor", ["accessor": .string(accessor)])
        #expect(await server.call(.read, "auth/token/lookup-self", token: token).status == 403)
        #expect(try server.storedKeys() == before)
    }

    @Test("texts that only resemble a token of ours are looked up by their digest alone")
    func resembling() throws {
        let token = TokenText.token(SerialNumber.next())
        func number(_ text: String) -> UInt64? {
            Array(text.utf8).withUnsafeBytes { TokenText.number(ofToken: $0) }
        }
        #expect(token.utf8.count == TokenText.characters)
        #expect(number(token) != nil)
        #expect(number(token + ".abc12") == number(token))
        for other in [
            "", "hvs.", String(token.dropLast()), token + "x", "hvb." + token.dropFirst(4),
            "hvs.-" + token.dropFirst(5), TokenText.plainToken(),
        ] {
            #expect(number(other) == nil, "\(other)")
        }
    }

    @Test("names sort as their words do, and come back as they were") func orderedText() {
        let samples: [UInt64] = [0, 1, 63, 64, 1 << 32, .max - 1, .max, 0x0123_4567_89AB_CDEF]
        var pairs: [(words: [UInt64], text: String)] = []
        for first in samples {
            for second in samples {
                for third in samples {
                    let text = OrderedText.encode(first, second, third)
                    let back = OrderedText.decode(text)
                    #expect(back.map { [$0.0, $0.1, $0.2] } == [first, second, third])
                    pairs.append(([first, second, third], text))
                }
            }
        }
        let byWords = pairs.sorted { $0.words.lexicographicallyPrecedes($1.words) }
        let byText = pairs.sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
        #expect(byWords.map(\.text) == byText.map(\.text))
        for wrong in [
            "", "-", String(repeating: "-", count: 31), String(repeating: ".", count: 32),
        ] {
            #expect(OrderedText.decode(wrong) == nil)
        }
    }

    @Test("no two numbers are the same, whichever thread asks, and their texts sort as they do")
    func numbers() async {
        let found = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<5_000).map { _ in SerialNumber.next() } }
            }
            return await group.reduce(into: [UInt64]()) { $0 += $1 }
        }
        #expect(Set(found).count == found.count)
        let sorted = found.sorted().map(SerialNumber.text)
        #expect(sorted == sorted.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(SerialNumber.text(.max) == "zzzzzzzzz")
        #expect(SerialNumber.text(0) == "000000000")
    }
}
