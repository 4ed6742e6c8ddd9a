// Where a request goes.

/// The mount that a path leads to, and what it has at this moment: decided once, so that all steps
/// of admission judge by the same declarations. A class, since each of them is handed it.
final class Target: Sendable {
    let mount: Mount
    /// What of the path follows the mount's own.
    let rest: String
    /// `nil` until the engine is open.
    let backend: (any Backend)?
    /// What the engine declares; `nil` until it is open.
    let manifest: BackendManifest?

    init(_ mount: Mount, _ rest: String) {
        self.mount = mount
        self.rest = rest
        backend = mount.backend
        manifest = backend?.manifest
    }

    init(_ mount: Mount, _ rest: String, _ backend: any Backend) {
        self.mount = mount
        self.rest = rest
        self.backend = backend
        manifest = backend.manifest
    }
}
