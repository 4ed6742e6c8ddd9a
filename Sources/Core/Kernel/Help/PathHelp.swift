// `?help=1`: what a path is for, from what its engine declares. The engine itself is not asked.

internal import JSON
internal import Paths

enum PathHelp {
    /// What the API answers: a document without the envelope.
    static func outcome(of admitted: Admitted, _ exchange: Exchange) -> BackendOutcome {
        guard let mount = exchange.mount else {
            return .failure(BackendFailure(.unsupportedPath, "unsupported path"))
        }
        let manifest = admitted.backend.manifest
        let path = admitted.request.path
        var document = OpenAPIDocument()
        let text: String
        if path.isEmpty {
            let caller = exchange.caller
            document.add(manifest, at: mount.entry, isBuiltIn: mount.isBuiltIn) { path in
                caller?.hasAccess(below: path) ?? false
            }
            text = page(of: manifest)
        } else {
            guard let (route, _) = manifest.routes.route(for: path) else {
                return .failure(BackendFailure(.unsupportedPath, "unsupported path"))
            }
            document.add(route, of: manifest, at: mount.entry, isBuiltIn: mount.isBuiltIn)
            text = page(of: route, asked: path)
        }
        let answer: JSONValue = [
            "help": .string(text), "see_also": [], "openapi": document.value,
        ]
        return .success(
            BackendAnswer(raw: RawBody(contentType: "application/json", bytes: answer.encoded())))
    }

    private static func page(of route: Route<DeclaredRoute>, asked path: String) -> String {
        var text = """
            Request:        \(path)
            Matching Route: \(route.pattern.text)

            \(route.summary)

            """
        if !route.fields.isEmpty {
            text += "\n## PARAMETERS\n"
            for field in route.fields {
                text += "\n    \(field.name) (\(name(of: field.kind)))\n\n        \(field.help)\n"
            }
        }
        if !route.description.isEmpty { text += "\n## DESCRIPTION\n\n\(route.description)\n" }
        return text
    }

    private static func page(of manifest: BackendManifest) -> String {
        var text = """
            ## DESCRIPTION

            The \(manifest.pluginName) engine.

            ## PATHS

            The following paths are served by this engine. Ask for help on any of them, with or \
            without values in place of what begins with a colon.

            """
        for route in manifest.routes.routes {
            text += "\n    \(route.pattern.text)\n        \(route.summary)\n"
        }
        return text
    }

    private static func name(of kind: FieldKind) -> String {
        switch kind {
        case .string: "string"
        case .integer: "int"
        case .boolean: "bool"
        case .duration: "duration (sec)"
        case .stringList: "slice"
        case .object: "map"
        case .stringMap: "keypair"
        case .any: "any"
        }
    }
}
