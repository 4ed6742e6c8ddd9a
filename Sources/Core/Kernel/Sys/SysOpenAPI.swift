// `sys/internal/specs/openapi`: the description of everything that the caller can reach.

internal import JSON
internal import Paths

enum SysOpenAPI {
    static let paths = [
        CorePath(
            "internal/specs/openapi",
            [.read: .suspending(document), .update: .suspending(document)],
            fields: [
                .boolean(
                    "generic_mount_paths", default: false,
                    "Write {<type>_mount_path} in place of the paths that engines are mounted at."),
                .string("context", "Put at the end of each operation's id."),
            ],
            help: "The API's description as an OpenAPI document.")
    ]

    private static func document(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let caller = try call.requireCaller()
        let context = call.fields.string("context") ?? ""
        guard context.utf8.count <= 128 else {
            throw BackendFailure(.invalidRequest, "context is longer than 128 bytes")
        }
        var document = OpenAPIDocument(
            hasGenericMountPaths: call.fields.boolean("generic_mount_paths") ?? false,
            context: context)
        let mounts = call.state.mounts
        for mount in mounts.mounts(.secret) + mounts.mounts(.auth) {
            guard caller.hasAccess(below: mount.entry.route) || mount.isBuiltIn else { continue }
            // An engine that does not start has no paths; the others' are still worth having.
            guard let backend = try? await mounts.backend(of: mount) else { continue }
            let manifest = backend.manifest
            document.add(manifest, at: mount.entry, isBuiltIn: mount.isBuiltIn) { path in
                caller.hasAccess(below: path)
                    || manifest.unauthenticatedPaths.contains(
                        String(path.dropFirst(mount.entry.route.count)))
            }
        }
        return BackendAnswer(
            raw: RawBody(contentType: "application/json", bytes: document.value.encoded()))
    }
}
