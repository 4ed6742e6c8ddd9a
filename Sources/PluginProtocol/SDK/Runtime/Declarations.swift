// Paths as the core is told of them, and as help shows them.

import JSON
import Paths
import Wire

extension RouteDeclaration {
    init(_ path: Path) {
        var operations: OperationBits = []
        for operation in path.handlers.keys {
            operations.insert(OperationBits(operation: operation.rawValue))
        }
        self.init(
            pattern: path.pattern, operations: operations,
            fields: path.fields.map {
                FieldDeclaration(
                    name: $0.name, kind: $0.kind.rawValue, required: $0.required, help: $0.help)
            },
            reads: path.declaredReads, existence: path.existence ?? "", summary: path.help,
            description: path.description, loginName: path.loginName ?? "")
    }
}

extension Path {
    /// Operations that read the same entries share a declaration.
    fileprivate var declaredReads: [ReadDeclaration] {
        var declarations: [ReadDeclaration] = []
        for (operation, keys) in reads.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where !keys.isEmpty {
            let bits = OperationBits(operation: operation.rawValue)
            if let index = declarations.firstIndex(where: { $0.keys == keys }) {
                declarations[index].operations.insert(bits)
            } else {
                declarations.append(ReadDeclaration(operations: bits, keys: keys))
            }
        }
        return declarations
    }
}

extension MountedEngine {
    /// The help of the path that matches, or the list of all paths.
    func help(_ path: String) -> Handler {
        let answer: JSONObject
        if let path = engine.paths.first(where: { PathPattern($0.pattern).match(path) != nil }),
            !path.pattern.isEmpty
        {
            answer = JSONObject([("help", .string(path.helpText)), ("see_also", .array([]))])
        } else {
            let list = engine.paths.map { "    \($0.pattern)\n        \($0.help)\n" }
            answer = JSONObject([
                ("help", .string("## PATHS\n\n" + list.joined(separator: "\n"))),
                ("see_also", .array([])),
            ])
        }
        return { _ in .answer(.data(.object(answer))) }
    }
}

extension Path {
    fileprivate var helpText: String {
        var text = "Request:        \(pattern)\n\n\(help)\n"
        if !fields.isEmpty {
            text += "\n## PARAMETERS\n"
            for field in fields {
                text += "\n    \(field.name) (\(field.kind))\n        \(field.help)\n"
            }
        }
        return description.isEmpty ? text : text + "\n## DESCRIPTION\n\n\(description)\n"
    }
}
