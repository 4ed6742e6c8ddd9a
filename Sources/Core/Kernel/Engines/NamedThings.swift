// Paths of a folder of named things: one that lists them, and one to read, write and delete each.

internal import Paths

/// What serves a folder of named things.
struct NamedThings: Sendable {
    typealias Reading = @Sendable (CoreCall) throws(BackendFailure) -> BackendAnswer
    typealias Writing = @Sendable (CoreCall) async throws(BackendFailure) -> BackendAnswer

    let list: Reading
    let read: Reading
    let write: Writing
    let delete: Writing

    /// `<folder>/` lists; `<folder>/:name` is one of them.
    ///
    /// - Parameter declaresCreation: whether help and the API's description tell making one from
    ///   changing it; both are one to the handler.
    func paths(
        _ folder: String, by capture: String = "name", fields: [Field],
        help: (list: String, one: String), declaresCreation: Bool = false
    ) -> [CorePath] {
        var operations: [Paths.Operation: CoreHandler] = [
            .read: .immediate(read), .update: .suspending(write), .delete: .suspending(delete),
        ]
        if declaresCreation { operations[.create] = .suspending(write) }
        return [
            CorePath("\(folder)/?", [.list: .immediate(list)], help: help.list),
            CorePath("\(folder)/:\(capture)", operations, fields: fields, help: help.one),
        ]
    }
}

extension NamedThings {
    /// Aliases are written without a name, too: mount and alias name say which one is meant.
    func aliasPaths(_ folder: String, of owner: String, fields: [Field]) -> [CorePath] {
        [
            CorePath(
                folder, [.update: .suspending(write), .create: .suspending(write)],
                fields: fields, help: "Create or update an alias of \(owner).")
        ]
            + paths(
                folder + "/id", by: "id", fields: fields,
                help: ("List aliases by id.", "Read, update or delete the alias with an id."),
                declaresCreation: true)
    }
}
