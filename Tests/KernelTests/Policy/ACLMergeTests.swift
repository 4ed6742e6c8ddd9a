// Several policies about one path, and what is reported about an ACL.

import Paths
import Testing

@testable import Kernel

@Suite("Merging policies")
struct ACLMergeTests {
    @Test("capabilities for one path add up across policies and within one")
    func union() throws {
        let acl = try acl(
            #"path "a" { capabilities = ["read"] } path "a" { capabilities = ["list"] }"#,
            #"path "a" { capabilities = ["update"] }"#)
        #expect(acl.allowed(path: "a") == [.read, .list, .update])
        #expect(acl.capabilities(path: "a") == ["list", "read", "update"])
    }

    @Test("a deny in any of them ends the rest, in whatever order", arguments: [false, true])
    func denyWins(_ isReversed: Bool) throws {
        var texts = [
            #"path "a/*" { capabilities = ["read", "sudo"] }"#, #"path "a/*" { policy = "deny" }"#,
            #"path "a/*" { capabilities = ["create"] }"#,
        ]
        if isReversed { texts.reverse() }
        let acl = try ACL(policies: texts.map { try policy($0) })
        #expect(acl.verdict(.read, "a/b") == .denied(.explicitDeny))
        #expect(acl.verdict(.create, "a/b") == .denied(.explicitDeny))
        #expect(acl.capabilities(path: "a/b") == ["deny"])
        #expect(!acl.hasAccess(below: "a/"))
    }

    @Test("nothing is allowed without a rule, and help is for everybody")
    func defaultDeny() throws {
        let acl = ACL(policies: [])
        for operation in Operation.allCases where operation != .help {
            #expect(acl.verdict(operation, "secret/a") == .denied(.noRule))
        }
        #expect(acl.verdict(.help, "secret/a") == .allowed(hasSudo: false))
        #expect(acl.capabilities(path: "secret/a") == ["deny"])
        #expect(!acl.hasAccess(below: ""))
    }

    @Test("a rule without capabilities hides broader ones")
    func emptyRule() throws {
        let acl = try acl(rules: [("a/*", "read"), ("a/b", "")])
        #expect(acl.verdict(.read, "a/b") == .denied(.missingCapability))
        #expect(acl.capabilities(path: "a/b") == ["deny"])
    }

    @Test("each operation takes its own capability", arguments: Operation.allCases)
    func operations(_ operation: Operation) throws {
        let needed: [Operation: String] = [
            .create: "create", .read: "read", .update: "update", .patch: "patch", .delete: "delete",
            .list: "list", .renew: "update", .revoke: "update", .rollback: "update",
        ]
        guard operation != .help else { return }
        for capability in ["create", "read", "update", "patch", "delete", "list", "sudo"] {
            let acl = try acl(rules: [("a", capability)])
            #expect(acl.allows(operation, "a") == (needed[operation] == capability))
        }
        #expect(try !acl(rules: [("a", "deny")]).allows(operation, "a"))
    }

    @Test("sudo is reported with the verdict and grants nothing by itself")
    func sudo() throws {
        let acl = try acl(rules: [
            ("sys/audit", "read sudo"), ("sys/mounts", "read"), ("sys/raw", "sudo"),
        ])
        #expect(acl.verdict(.read, "sys/audit") == .allowed(hasSudo: true))
        #expect(acl.verdict(.read, "sys/mounts") == .allowed(hasSudo: false))
        #expect(acl.verdict(.read, "sys/raw") == .denied(.missingCapability))
    }

    @Test("root may do everything, alone or among others")
    func root() throws {
        for acl in [ACL.root, ACL(policies: [.default, .root])] {
            #expect(acl.isRoot)
            #expect(acl.verdict(.delete, "sys/anything") == .allowed(hasSudo: true))
            #expect(acl.capabilities(path: "x") == ["root"])
            #expect(acl.hasAccess(below: "secret/"))
            #expect(!acl.needsExistence(path: "x"))
            #expect(acl.grantingPolicies(operation: .read, path: "x") == ["root"])
        }
    }

    @Test("existence matters only when exactly one of create and update is granted")
    func existence() throws {
        let acl = try acl(rules: [
            ("c", "create"), ("u", "update read"), ("cu", "create update"), ("r", "read"),
        ])
        #expect(acl.needsExistence(path: "c"))
        #expect(acl.needsExistence(path: "u"))
        #expect(!acl.needsExistence(path: "cu"))
        #expect(!acl.needsExistence(path: "r"))
        #expect(!acl.needsExistence(path: "none"))
    }

    @Test(
        "a mount is shown if anything may be done at it or below it",
        arguments: [
            ("secret/", "read", true), ("secret/data/a", "read", true),
            ("secret/data/*", "list", true),
            ("sec*", "read", true), ("*", "read", true), ("secret/*", "deny", false),
            ("secret/a", "", false),
            ("secrets/a", "read", false), ("secret", "read", true), ("+/data/x", "read", true),
            ("+/*", "read", true), ("secret/+/x", "read", true), ("other/+/x", "read", false),
            ("+", "read", true),
            ("+/data/x", "deny", false),
        ])
    func mountAccess(_ rule: String, _ capability: String, _ expected: Bool) throws {
        #expect(try acl(rules: [(rule, capability)]).hasAccess(below: "secret/") == expected)
    }

    @Test("a deny of the whole mount does not hide an exact grant below it")
    func mountAccessBelowDeny() throws {
        let acl = try acl(rules: [("secret/*", "deny"), ("secret/data/a", "read")])
        #expect(acl.hasAccess(below: "secret/"))
    }

    @Test("the policies that granted an operation are named")
    func grantingPolicies() throws {
        let acl = ACL(policies: [
            try policy(#"path "a" { capabilities = ["read"] }"#, name: "one"),
            try policy(#"path "a" { capabilities = ["read", "list"] }"#, name: "two"),
            try policy(#"path "b" { capabilities = ["read"] }"#, name: "three"),
        ])
        #expect(acl.grantingPolicies(operation: .read, path: "a") == ["one", "two"])
        #expect(acl.grantingPolicies(operation: .list, path: "a") == ["two"])
        #expect(acl.grantingPolicies(operation: .delete, path: "a").isEmpty)
    }
}
