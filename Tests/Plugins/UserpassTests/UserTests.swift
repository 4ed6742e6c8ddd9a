import Clock
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import Userpass

/// A mount of the method in memory, spoken to as a client would.
final class UserpassHarness: Sendable {
    let harness: EngineHarness

    init(storage: MemoryStorage = MemoryStorage()) throws {
        harness = try EngineHarness(UserpassPlugin(), storage: storage)
        harness.prefetches = true
    }

    func error(_ operation: Paths.Operation, _ path: String, _ data: JSONValue = [:]) -> String {
        do {
            try harness.call(operation, path, data)
            return ""
        } catch { return (error as? PluginError)?.message ?? "\(error)" }
    }

    func read(_ path: String) throws -> JSONValue { try harness.call(.read, path).json }

    func user(_ name: String, _ data: JSONValue = ["password": "right"]) throws {
        try harness.call(.create, "users/\(name)", data)
    }

    func login(_ name: String, _ password: String) throws -> AuthGrant? {
        try harness.call(.update, "login/\(name)", ["password": .string(password)]).auth
    }

    func refusal(_ name: String, _ password: String) -> String {
        error(.update, "login/\(name)", ["password": .string(password)])
    }
}

@Suite struct UserTests {
    @Test("a user logs in with the password, and gets what the user's parameters say")
    func login() throws {
        let method = try UserpassHarness()
        try method.user(
            "ada", ["password": "right", "token_policies": "dev", "ttl": 60, "token_num_uses": 3])
        #expect(
            try method.login("ada", "right")
                == AuthGrant(
                    policies: ["dev"], displayName: "ada", metadata: [TextPair("username", "ada")],
                    ttlSeconds: 60, aliasName: "ada", numUses: 3,
                    internalData: Array(#"{"username":"ada"}"#.utf8)))
    }

    @Test("unknown users and wrong passwords have one answer")
    func refused() throws {
        let method = try UserpassHarness()
        try method.user("ada")
        let text = "invalid username or password"
        #expect(method.refusal("ada", "wrong") == text)
        #expect(method.refusal("bob", "right") == text)
        #expect(method.refusal("ada", "right\u{0}") == text)
        #expect(method.refusal("ada", "right\u{0}x") == text)
        #expect(method.refusal("ada", String(repeating: "x", count: 1_000)) == text)
        #expect(method.refusal("ada", "") == "missing password")
    }

    @Test("what is behind bcrypt's 72 bytes is not passed over")
    func longPasswords() throws {
        let method = try UserpassHarness()
        let longest = String(repeating: "x", count: 72)
        try method.user("ada", ["password": .string(longest)])
        #expect(try method.login("ada", longest) != nil)
        #expect(method.refusal("ada", longest + "y") == "invalid username or password")
        #expect(
            method.error(.create, "users/bob", ["password": .string(longest + "y")])
                == "bcrypt: password length exceeds 72 bytes")
        #expect(method.error(.create, "users/bob", ["password": "a\u{0}b"]).contains("zero byte"))
    }

    @Test("names that differ in case only are one user, at every path")
    func folding() throws {
        let method = try UserpassHarness()
        try method.user("Ada")
        #expect(try method.login("aDA", "right")?.aliasName == "ada")
        #expect(try method.harness.call(.list, "users/").json["keys"] == ["ada"])
        // What may make users may not so change one.
        #expect(method.error(.create, "users/ADA", ["password": "stolen"]).contains("try again"))
        #expect(method.error(.update, "users/AdA/password", ["password": "new"]) == "")
        #expect(try method.login("ada", "new") != nil)
        try method.harness.call(.delete, "users/ADA")
        #expect(method.refusal("ada", "new") == "invalid username or password")
    }

    @Test("a new user needs a password, and a change leaves it as it is")
    func passwordIsKept() throws {
        let method = try UserpassHarness()
        let missing = "must provide either password or password_hash"
        #expect(method.error(.create, "users/ada", ["policies": "a"]) == missing)
        try method.user("ada")
        try method.harness.call(
            .update, "users/ada", ["policies": "a", "bound_cidrs": "127.0.0.1"])
        let user = try method.read("users/ada")
        #expect(user["token_policies"] == ["a"] && user["policies"] == ["a"])
        #expect(user["bound_cidrs"] == ["127.0.0.1"])
        #expect(user["password"] == nil && user["password_hash"] == nil)
        #expect(try method.login("ada", "right")?.policies == ["a"])
        #expect(method.error(.update, "users/ada/password") == missing)
        #expect(method.error(.update, "users/bob", ["policies": "a"]) == missing)
        for path in ["password", "policies"] {
            let data: JSONValue = ["password": "x", "policies": "x"]
            #expect(
                method.error(.update, "users/bob/\(path)", data) == "username does not exist")
        }
    }

    @Test("policies are changed alone, by either name")
    func policies() throws {
        let method = try UserpassHarness()
        try method.user("ada", ["password": "right", "token_ttl": 60])
        #expect(method.error(.update, "users/ada/policies", ["policies": "a,b"]) == "")
        #expect(try method.read("users/ada")["policies"] == ["a", "b"])
        #expect(method.error(.update, "users/ada/policies", ["token_policies": ["c"]]) == "")
        let user = try method.read("users/ada")
        #expect(user["token_policies"] == ["c"] && user["policies"] == nil)
        #expect(user["token_ttl"] == 60)
        #expect(
            method.error(.update, "users/ada/policies", ["token_ttl": 1])
                == "missing token_policies")
    }

    @Test(
        "a hash that was made elsewhere is taken if it is bcrypt's and of a sensible cost",
        arguments: [
            ("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", ""),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", ""),
            ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", ""),
            ("$2b$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "too low"),
            ("$2b$13$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "exceeds maximum"),
            ("$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "not a valid bcrypt"),
            ("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe", "not a valid bcrypt"),
            ("$2b$05$CCCCCCCCCCCCCCCCCCCCC:E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "not a valid bcrypt"),
            ("$6$saltsalt$abc", "not a valid bcrypt"), ("*0", "not a valid bcrypt"),
        ])
    func broughtHashes(hash: String, problem: String) throws {
        let method = try UserpassHarness()
        let error = method.error(.create, "users/ada", ["password_hash": .string(hash)])
        if problem.isEmpty {
            #expect(error == "")
            #expect(try method.login("ada", "U*U") != nil)
            #expect(method.refusal("ada", "U*U*") != "")
        } else {
            #expect(error.contains(problem))
        }
        let both: JSONValue = ["password_hash": .string(hash), "password": "x"]
        #expect(method.error(.create, "users/bob", both).hasPrefix("only one of password"))
    }

    @Test("the same password has another hash each time, of the cost that is said")
    func salts() throws {
        let password = try #require(Password("secret"))
        let (first, second) = (try PasswordHash(of: password), try PasswordHash(of: password))
        #expect(first != second)
        #expect(
            first.text.hasPrefix("$2b$10$") && first.matches(password) && second.matches(password))
        #expect(!first.matches(.none))
    }

    @Test("what an unknown user's password is compared with is a hash like any other")
    func dummy() throws {
        let dummy = try PasswordHash(brought: PasswordHash.ofNobody.text)
        #expect(dummy.text.hasPrefix("$2b$\(Limits.passwordCost)$"))
        let clock = ContinuousClock()
        let password = try #require(Password("secret"))
        let real = try PasswordHash(of: password)
        let known = clock.measure { _ = real.matches(password) }
        let unknown = clock.measure { _ = dummy.matches(password) }
        // Without the hash being computed it would be a thousandth.
        #expect(unknown > known / 10)
    }

    @Test("a renewal is refused when the user is gone or has other policies")
    func renewal() throws {
        let method = try UserpassHarness()
        try method.user("ada", ["password": "right", "token_policies": "a", "token_ttl": 60])
        let kept = try #require(try method.login("ada", "right")?.internalData)
        let data: JSONValue = ["increment": 0, "policies": ["a", "default"]]
        let renewed = try method.harness.call(.renew, "login/ada", data, keeping: kept)
        #expect(renewed.auth?.ttlSeconds == 60)
        try method.harness.call(.update, "users/ada/policies", ["token_policies": "b"])
        #expect(throws: PluginError(.invalidRequest, "")) {
            try method.harness.call(.renew, "login/ada", data, keeping: kept)
        }
        try method.harness.call(.update, "users/ada/policies", ["token_policies": "a"])
        try method.harness.call(.delete, "users/ada")
        #expect(throws: PluginError(.invalidRequest, "")) {
            try method.harness.call(.renew, "login/ada", data, keeping: kept)
        }
    }

    @Test("a client from elsewhere is refused after the password, and told no more")
    func addresses() throws {
        let method = try UserpassHarness()
        try method.user("ada", ["password": "right", "token_bound_cidrs": "10.0.0.0/8"])
        #expect(method.refusal("ada", "right") == "permission denied")
        #expect(method.refusal("ada", "wrong") == "invalid username or password")
    }

    @Test("a damaged record is an error and never a trap")
    func damaged() throws {
        let method = try UserpassHarness()
        try method.user("ada")
        let record = try #require(method.harness.storage["user/ada"])
        for count in 0..<record.count {
            method.harness.storage["user/ada"] = Array(record[..<count])
            #expect(method.error(.read, "users/ada").contains("the stored user"))
        }
    }
}
