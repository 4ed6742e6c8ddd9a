// The two policies of the project's founding document behave as it says.

import Paths
import Testing

@testable import Kernel

@Suite("The demo's policies")
struct DemoPolicyTests {
    private static let readonly = """
        # Read-only access to the demo secrets
        path "secret/data/demo/*" {
          capabilities = ["read", "list"]
        }
        """
    private static let admin = """
        # Full access to the demo secrets
        path "secret/data/demo/*" {
          capabilities = ["create", "read", "update", "delete", "list"]
        }
        path "secret/metadata/demo/*" {
          capabilities = ["read", "list", "delete"]
        }
        """

    @Test("app-readonly reads the demo secrets and nothing else", arguments: GlobRule.allCases)
    func readonly(_ glob: GlobRule) throws {
        let acl = try acl(Self.readonly, glob: glob)
        #expect(acl.allows(.read, "secret/data/demo/database"))
        for operation in [Operation.create, .update, .patch, .delete] {
            #expect(!acl.allows(operation, "secret/data/demo/database"))
        }
        #expect(!acl.allows(.read, "secret/metadata/demo/database"))
        #expect(!acl.allows(.read, "secret/data/other"))
        #expect(!acl.allows(.read, "secret/demo/database"))
    }

    @Test(
        "app-admin writes the demo secrets, lists and deletes their metadata",
        arguments: GlobRule.allCases)
    func admin(_ glob: GlobRule) throws {
        let acl = try acl(Self.admin, glob: glob)
        for operation in [Operation.create, .read, .update, .delete] {
            #expect(acl.allows(operation, "secret/data/demo/database"))
        }
        #expect(acl.allows(.list, "secret/metadata/demo/"))
        #expect(acl.allows(.delete, "secret/metadata/demo/database"))
        #expect(!acl.allows(.update, "secret/metadata/demo/database"))
        #expect(!acl.allows(.read, "sys/mounts"))
    }

    @Test("both together are app-admin")
    func together() throws {
        let both = try acl(Self.readonly, Self.admin)
        #expect(
            both.capabilities(path: "secret/data/demo/x") == [
                "create", "delete", "list", "read", "update",
            ])
    }

    @Test("a deeper secret is covered under Vault's rule and not under the document's stricter one")
    func deeper() throws {
        let path = "secret/data/demo/team/database"
        #expect(try acl(Self.readonly, glob: .prefix).allows(.read, path))
        #expect(try !acl(Self.readonly, glob: .segment).allows(.read, path))
    }
}
