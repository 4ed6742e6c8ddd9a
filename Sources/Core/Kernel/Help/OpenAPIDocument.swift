// The API's description as an OpenAPI document, made from what engines declare.

internal import JSON
internal import Paths

/// Collects the paths of mounts. What is asked of it is decided by the caller's rights before.
struct OpenAPIDocument {
    /// How paths are written: at their mounts, or below `{<type>_mount_path}`.
    var hasGenericMountPaths = false
    /// Stands at the end of each operation's id.
    var context = ""
    private var paths: [(template: String, item: JSONObject)] = []
    /// Where a path stands, its parameters' names left out: two templates that differ in nothing
    /// else are one path, and the first of them is the one that is served.
    private var places: [String: Int] = [:]
    private var operationIDs: Set<String> = []

    init(hasGenericMountPaths: Bool = false, context: String = "") {
        self.hasGenericMountPaths = hasGenericMountPaths
        self.context = context
    }

    /// Adds what a mount serves and `isShown` lets through; it is asked with whole paths.
    mutating func add(
        _ manifest: BackendManifest, at mount: MountEntry, isBuiltIn: Bool,
        isShown: (String) -> Bool
    ) {
        let routes = manifest.routes.routes
        for route in routes {
            // What answers all that is no path is no path either.
            if route.pattern.matchesEverything, routes.count > 1 { continue }
            guard isShown(mount.route + route.pattern.literalStart) else { continue }
            add(route, of: manifest, at: mount, isBuiltIn: isBuiltIn)
        }
    }

    mutating func add(
        _ route: Route<DeclaredRoute>, of manifest: BackendManifest, at mount: MountEntry,
        isBuiltIn: Bool
    ) {
        var prefix = "/" + mount.route.dropLast()
        var mountParameter: JSONValue?
        if hasGenericMountPaths, !isBuiltIn {
            let name = mount.type.replacingHyphens + "_mount_path"
            prefix = (mount.kind == .auth ? "/auth/" : "/") + "{\(name)}"
            mountParameter = [
                "name": .string(name), "in": "path", "required": true,
                "description": "Path that the engine is mounted at.",
                "schema": ["type": "string", "default": .string(String(mount.path.dropLast()))],
            ]
        }
        let tag =
            mount.kind == .auth
            ? "auth" : isBuiltIn && mount.type != "cubbyhole" ? mount.type : "secrets"
        for operation in OpenAPIOperation.all(of: route) {
            let template = prefix + operation.template
            let place = place(
                of: template, item(route, of: manifest, operation.template, mountParameter))
            guard paths[place].template == template,
                paths[place].item[operation.method] == nil
            else { continue }
            paths[place].item[operation.method] = operation.object(
                id: uniqueID(operation.verb, template), tag: tag, fields: route.fields,
                captures: route.pattern.captureNames)
        }
    }

    /// The place of a template, made if it is new.
    private mutating func place(of template: String, _ item: JSONObject) -> Int {
        var shape = ""
        var isInside = false
        for character in template {
            if character == "}" { isInside = false }
            if !isInside { shape.append(character) }
            if character == "{" { isInside = true }
        }
        if let place = places[shape] { return place }
        places[shape] = paths.count
        paths.append((template, item))
        return paths.count - 1
    }

    private func item(
        _ route: Route<DeclaredRoute>, of manifest: BackendManifest, _ template: String,
        _ mountParameter: JSONValue?
    ) -> JSONObject {
        var item = JSONObject()
        if !route.summary.isEmpty { item["description"] = .string(route.summary) }
        var parameters = mountParameter.map { [$0] } ?? []
        for name in route.pattern.captureNames where template.contains("{\(name)}") {
            let help = route.fields.first { $0.name.hasSameBytes(name) }?.help ?? ""
            parameters.append([
                "name": .string(name), "in": "path", "required": true,
                "description": .string(help), "schema": ["type": "string"],
            ])
        }
        if !parameters.isEmpty { item["parameters"] = .array(parameters) }
        let path = String(template.dropFirst())
        if manifest.unauthenticatedPaths.contains(path) { item["x-vault-unauthenticated"] = true }
        if manifest.sudoPaths.contains(path) { item["x-vault-sudo"] = true }
        if route.existence != nil { item["x-vault-createSupported"] = true }
        return item
    }

    private mutating func uniqueID(_ verb: String, _ template: String) -> String {
        var words = [verb]
        for part in template.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            words.append(part.lowercased())
        }
        if !context.isEmpty { words.append(context) }
        let id = words.joined(separator: "-")
        var unique = id
        var number = 2
        while !operationIDs.insert(unique).inserted {
            unique = "\(id)-\(number)"
            number += 1
        }
        return unique
    }

    /// The document, paths in byte order.
    var value: JSONValue {
        let sorted = paths.sorted {
            $0.template.utf8.lexicographicallyPrecedes($1.template.utf8)
        }
        return [
            "openapi": "3.0.2",
            "info": [
                "title": "Coffer API",
                "description": "All routes are prefixed with `/v1/`.",
                "version": .string(CofferVersion.text),
            ],
            "paths": .object(JSONObject(sorted.map { ($0.template, .object($0.item)) })),
            "components": [
                "securitySchemes": [
                    "token": ["type": "apiKey", "in": "header", "name": "X-Vault-Token"]
                ]
            ],
            "security": [["token": []]],
        ]
    }
}

extension String {
    fileprivate var replacingHyphens: String { String(map { $0 == "-" ? "_" : $0 }) }
    fileprivate func hasSameBytes(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
