// One path of an engine or of the core: its pattern, what can be done with it, and by what fields.

public struct Route<Handler: Sendable>: Sendable {
    /// Behind one reference, since a route is handed out for every request.
    @usableFromInline let storage: Storage

    @usableFromInline
    final class Storage: Sendable {
        let pattern: PathPattern
        let operations: [Operation: Handler]
        /// By the operation's number.
        @usableFromInline let handlers: [Handler?]
        let fields: [Field]
        let summary: String
        let description: String
        /// By the operation's number.
        let reads: [[KeyTemplate]]
        let existence: KeyTemplate?

        init(
            pattern: PathPattern, operations: [Operation: Handler], fields: [Field],
            summary: String, description: String, reads: [Operation: [KeyTemplate]],
            existence: KeyTemplate?
        ) {
            self.pattern = pattern
            self.operations = operations
            self.fields = fields
            self.summary = summary
            self.description = description
            self.existence = existence
            var handlers = [Handler?](repeating: nil, count: Operation.allCases.count + 1)
            for (operation, handler) in operations { handlers[Int(operation.rawValue)] = handler }
            self.handlers = handlers
            var templates = [[KeyTemplate]](repeating: [], count: handlers.count)
            for (operation, keys) in reads { templates[Int(operation.rawValue)] = keys }
            self.reads = templates
        }
    }

    public init(
        _ pattern: PathPattern, operations: [Operation: Handler], fields: [Field] = [],
        summary: String = "", description: String = "", reads: [Operation: [KeyTemplate]] = [:],
        existence: KeyTemplate? = nil
    ) {
        storage = Storage(
            pattern: pattern, operations: operations, fields: fields, summary: summary,
            description: description, reads: reads, existence: existence)
    }

    public var pattern: PathPattern { storage.pattern }
    public var operations: [Operation: Handler] { storage.operations }
    public var fields: [Field] { storage.fields }
    /// One line for help and OpenAPI.
    public var summary: String { storage.summary }
    public var description: String { storage.description }
    /// The entry whose presence makes a write an update rather than a create.
    public var existence: KeyTemplate? { storage.existence }

    @inlinable
    public func handler(for operation: Operation) -> Handler? {
        storage.handlers[Int(operation.rawValue)]
    }

    /// The entries that a request will read, which the core may send along with it. A path that
    /// serves a create by its update reads the same for it.
    public func reads(for operation: Operation) -> [KeyTemplate] {
        let isUpdate = operation == .create && handler(for: .create) == nil
        return storage.reads[Int((isUpdate ? .update : operation).rawValue)]
    }

    /// In the order of their numbers.
    public var allowedOperations: [Operation] {
        Operation.allCases.filter { handler(for: $0) != nil }
    }
}
