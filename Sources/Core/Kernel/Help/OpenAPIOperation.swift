// One HTTP method of one path, as OpenAPI describes it.

internal import JSON
internal import Paths

struct OpenAPIOperation {
    let operation: Paths.Operation
    /// The path below the mount, with `{name}` for what it captures.
    let template: String
    /// Whether the fields come in a body; else they are the query's.
    let takesBody: Bool
    let summary: String

    /// `get`, `post` and so on. A list is a `get` of a folder with `list=true`: OpenAPI knows no
    /// further methods.
    var method: String {
        switch operation {
        case .update, .create: "post"
        case .patch: "patch"
        case .delete: "delete"
        default: "get"
        }
    }

    var verb: String {
        switch operation {
        case .update, .create: "write"
        default: operation.name
        }
    }

    /// What can be asked of a route. Renewals and the like are the core's own requests.
    static func all(of route: Route<DeclaredRoute>) -> [OpenAPIOperation] {
        let isWritable = [.update, .create, .patch].contains { route.handler(for: $0) != nil }
        var all: [OpenAPIOperation] = []
        func add(_ operation: Paths.Operation, _ template: String, takesBody: Bool) {
            all.append(
                OpenAPIOperation(
                    operation: operation, template: template, takesBody: takesBody,
                    summary: route.summary))
        }
        let template = route.pattern.openAPIText
        for operation in route.allowedOperations {
            switch operation {
            case .read, .delete: add(operation, template, takesBody: isWritable)
            case .update, .patch: add(operation, template, takesBody: true)
            case .create where route.handler(for: .update) == nil:
                add(operation, template, takesBody: true)
            case .list:
                let folder = template.hasSuffix("/") ? template : template + "/"
                add(operation, folder, takesBody: isWritable)
                if route.pattern.allowsNothing, !route.pattern.matchesEverything {
                    let root = "/" + route.pattern.literalStart
                    add(operation, root + "/", takesBody: isWritable)
                }
            default: break
            }
        }
        return all
    }

    func object(id: String, tag: String, fields: [Field], captures: [String]) -> JSONValue {
        var object: JSONObject = ["operationId": .string(id), "tags": [.string(tag)]]
        if !summary.isEmpty { object["summary"] = .string(summary) }
        let given = fields.filter { field in
            !captures.contains { $0.utf8.elementsEqual(field.name.utf8) }
        }
        let isWrite = method == "post" || method == "patch"
        var parameters: [JSONValue] = []
        if operation == .list {
            parameters.append([
                "name": "list", "in": "query", "required": true,
                "schema": ["type": "string", "enum": ["true"]],
            ])
        }
        // Where a path is read and written, the fields are those of the writes.
        if !isWrite, !takesBody { parameters += given.map(Self.query) }
        if !parameters.isEmpty { object["parameters"] = .array(parameters) }
        if isWrite { object["requestBody"] = body(given) }
        object["responses"] = responses
        return .object(object)
    }

    private static func query(_ field: Field) -> JSONValue {
        [
            "name": .string(field.name), "in": "query", "required": .bool(field.required),
            "description": .string(field.help), "schema": .object(OpenAPISchema.of(field)),
        ]
    }

    private func body(_ fields: [Field]) -> JSONValue {
        var schema: JSONObject = ["type": "object"]
        if !fields.isEmpty {
            schema["properties"] = .object(
                JSONObject(fields.map { ($0.name, .object(OpenAPISchema.described($0))) }))
        }
        // A patch names only what changes.
        let required = operation == .patch ? [] : fields.filter(\.required).map(\.name)
        if !required.isEmpty { schema["required"] = .strings(required) }
        let type = operation == .patch ? "application/merge-patch+json" : "application/json"
        let content: JSONObject = [type: ["schema": .object(schema)]]
        return ["required": .bool(!required.isEmpty), "content": .object(content)]
    }

    private var responses: JSONValue {
        switch operation {
        case .read, .list: ["200": ["description": "OK"]]
        case .delete: ["204": ["description": "empty body"]]
        default: ["200": ["description": "OK"], "204": ["description": "empty body"]]
        }
    }
}

/// A field's kind in OpenAPI's words.
enum OpenAPISchema {
    static func of(_ field: Field) -> JSONObject {
        var schema: JSONObject =
            switch field.kind {
            case .string: ["type": "string"]
            case .integer: ["type": "integer"]
            case .boolean: ["type": "boolean"]
            case .duration: ["type": "string", "format": "duration"]
            case .stringList: ["type": "array", "items": ["type": "string"]]
            case .object: ["type": "object"]
            case .stringMap: ["type": "object", "additionalProperties": ["type": "string"]]
            case .any: [:]
            }
        if let value = field.default { schema["default"] = value }
        return schema
    }

    static func described(_ field: Field) -> JSONObject {
        var schema = of(field)
        if !field.help.isEmpty { schema["description"] = .string(field.help) }
        return schema
    }
}
