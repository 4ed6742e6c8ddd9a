// The first route whose pattern matches decides; what it cannot do is said apart from what is no
// path.

import Paths
import Testing

@Suite struct RouteTableTests {
    static let table = RouteTable<String>([
        Route("config", operations: [.read: "config.read", .update: "config.write"]),
        Route("data/:path*", operations: [.read: "data.read", .delete: "data.delete"]),
        Route("metadata/:path*?", operations: [.list: "metadata.list"]),
        Route(":first/fixed", operations: [.read: "any.fixed"]),
        Route("late/:path*", operations: [.read: "late.read"]),
        Route("", operations: [.help: "root.help"]),
    ])

    private func outcome(_ path: String, _ operation: Paths.Operation) -> String {
        switch Self.table.find(path: path, operation: operation) {
        case .found(_, let handler, let captures):
            ([handler] + captures.pairs.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
        case .unsupportedOperation(let allowed):
            "not one of " + allowed.map(\.name).joined(separator: ",")
        case .unsupportedPath: "no path"
        }
    }

    @Test(
        "a path finds its handler with its captures",
        arguments: [
            ("config", Paths.Operation.read, "config.read"), ("config", .update, "config.write"),
            ("data/a/b", .read, "data.read path=a/b"), ("data/a", .delete, "data.delete path=a"),
            ("metadata", .list, "metadata.list path="),
            ("metadata/x/", .list, "metadata.list path=x/"),
            ("config", .delete, "not one of read,update"),
            ("data/fixed", .list, "not one of read,delete"),
            ("data/fixed", .read, "data.read path=fixed"),
            ("late/fixed", .read, "any.fixed first=late"),
            ("late/other", .read, "late.read path=other"), ("é/fixed", .read, "any.fixed first=é"),
            ("", .help, "root.help"), ("", .read, "not one of help"), ("data", .read, "no path"),
            ("configs", .read, "no path"), ("/config", .read, "no path"),
            ("unknown", .read, "no path"),
        ])
    func finds(_ path: String, _ operation: Paths.Operation, _ expected: String) {
        #expect(outcome(path, operation) == expected)
    }

    @Test("operations go over the wire as bits and come back; unknown bits are ignored")
    func operationBits() {
        let set = OperationSet([.read, .list, .rollback])
        #expect(set.rawValue == 1 << 2 | 1 << 6 | 1 << 11)
        #expect(
            OperationSet(rawValue: set.rawValue | 1 << 31 | 1).operations == [
                .read, .list, .rollback,
            ])
        #expect(!set.contains(.update))
    }

    @Test("a key template is filled from the captures, and needs all of them")
    func keyTemplate() throws {
        let captures = try #require(PathPattern("data/:path*/v/:n").match("data/a/b/v/2"))
        #expect(KeyTemplate("versions/{path}/{n}").expand(captures) == "versions/a/b/2")
        #expect(KeyTemplate("fixed").expand(captures) == "fixed")
        #expect(KeyTemplate("{path}{n}").expand(captures) == "a/b2")
        #expect(KeyTemplate("data/{other}").expand(captures) == nil)
        #expect(KeyTemplate("a/{b}/{c}").captureNames == ["b", "c"])
        for text in ["{", "}", "a{b", "a}b", "{{a}}", "{a{b}}"] {
            #expect(throws: PathPatternError.self) { try KeyTemplate(parsing: text) }
        }
        for text in ["{}", "{a b}", "{a/b}", "{:lower}", "{a:upper}"] {
            #expect(throws: PathPatternError.invalidCaptureName) { try KeyTemplate(parsing: text) }
        }
    }

    @Test("a template may take a capture in lower case, as names are stored that fold")
    func lowered() throws {
        let captures = try #require(PathPattern("users/:name").match("users/AdaÉ-Z"))
        #expect(KeyTemplate("user/{name:lower}/X").expand(captures) == "user/adaÉ-z/X")
        #expect(KeyTemplate("user/{name:lower}").captureNames == ["name"])
    }

    @Test("an operation reads what is declared for it, and a create what the update does it for")
    func reads() throws {
        let route = Route<String>(
            "data/:path*", operations: [.read: "r", .update: "u", .delete: "d"],
            reads: [.read: ["v2/{path}"], .update: ["config", "v2/{path}"]])
        #expect(route.reads(for: .read).map(\.text) == ["v2/{path}"])
        #expect(route.reads(for: .update).map(\.text) == ["config", "v2/{path}"])
        #expect(route.reads(for: .create).map(\.text) == ["config", "v2/{path}"])
        #expect(route.reads(for: .delete).isEmpty && route.reads(for: .list).isEmpty)

        let creates = Route<String>(
            "x", operations: [.create: "c", .update: "u"], reads: [.update: ["config"]])
        #expect(creates.reads(for: .create).isEmpty)
    }

    @Test("captured braces are text, not a template again")
    func noSecondExpansion() throws {
        let captures = try #require(PathPattern(":a/:b").match("{b}/secret"))
        #expect(KeyTemplate("k/{a}").expand(captures) == "k/{b}")
    }
}
