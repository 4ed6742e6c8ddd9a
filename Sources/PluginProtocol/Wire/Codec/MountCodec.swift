// Mount, its reply, unmount.

import CMessages
import CProtobufC

extension MountSpec {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__mount__unpack) { (c) throws(WireError) in
            var options: [String: String] = [:]
            for pair in try Arena.list(c.n_options, c.options, TextPair.init) {
                guard options.updateValue(pair.value, forKey: pair.name) == nil else {
                    throw WireError(.invalidValue, "a mount option is there twice")
                }
            }
            return MountSpec(
                id: try Arena.mountID(c.id), generation: c.generation, options: options,
                defaultLeaseTTLSeconds: c.default_lease_ttl_seconds,
                maxLeaseTTLSeconds: c.max_lease_ttl_seconds, grease: .none)
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__Mount(), coffer__plugin__mount__init)
            c.id = arena.copy(id.bytes)
            c.generation = generation
            let pairs = options.map { TextPair($0.key, $0.value) }.sorted { $0.name < $1.name }
            (c.n_options, c.options) = arena.messages(pairs) { $0.build(arena) }
            c.default_lease_ttl_seconds = defaultLeaseTTLSeconds
            c.max_lease_ttl_seconds = maxLeaseTTLSeconds
            return writer.append(c, grease: grease, to: &out)
        }
    }
}

extension FieldDeclaration {
    init(_ c: Coffer__Plugin__FieldDeclaration) throws(WireError) {
        guard let kind = UInt8(exactly: c.kind.rawValue) else {
            throw WireError(.invalidValue, "field kind has no value \(c.kind.rawValue)")
        }
        self.init(
            name: try Arena.text(c.name, "field name"), kind: kind,
            required: c.required != 0, help: try Arena.text(c.help, "field help"))
    }

    func build(_ arena: Arena) -> Coffer__Plugin__FieldDeclaration {
        var c = Arena.new(
            Coffer__Plugin__FieldDeclaration(), coffer__plugin__field_declaration__init)
        c.name = arena.copy(name)
        c.kind = Coffer__Plugin__FieldKind(rawValue: UInt32(kind))
        c.required = required ? 1 : 0
        c.help = arena.copy(help)
        return c
    }
}

extension ReadDeclaration {
    init(_ c: Coffer__Plugin__ReadDeclaration) throws(WireError) {
        self.init(
            operations: OperationBits(rawValue: c.operations),
            keys: try Arena.texts(c.n_keys, c.keys, "key template"))
    }

    func build(_ arena: Arena) -> Coffer__Plugin__ReadDeclaration {
        var c = Arena.new(
            Coffer__Plugin__ReadDeclaration(), coffer__plugin__read_declaration__init)
        c.operations = operations.rawValue
        (c.n_keys, c.keys) = arena.copies(keys, arena.copy)
        return c
    }
}

extension RouteDeclaration {
    init(_ c: Coffer__Plugin__RouteDeclaration) throws(WireError) {
        self.init(
            pattern: try Arena.text(c.pattern, "route pattern"),
            operations: OperationBits(rawValue: c.operations),
            fields: try Arena.list(c.n_fields, c.fields, FieldDeclaration.init),
            reads: try Arena.list(c.n_reads, c.reads, ReadDeclaration.init),
            existence: try Arena.text(c.existence, "key template"),
            summary: try Arena.text(c.summary, "route summary"),
            description: try Arena.text(c.description, "route description"),
            loginName: try Arena.text(c.login_name, "login name"))
    }

    func build(_ arena: Arena) -> Coffer__Plugin__RouteDeclaration {
        var c = Arena.new(
            Coffer__Plugin__RouteDeclaration(), coffer__plugin__route_declaration__init)
        c.pattern = arena.copy(pattern)
        c.operations = operations.rawValue
        (c.n_fields, c.fields) = arena.messages(fields) { $0.build(arena) }
        (c.n_reads, c.reads) = arena.messages(reads) { $0.build(arena) }
        c.existence = arena.copy(existence)
        c.summary = arena.copy(summary)
        c.description = arena.copy(description)
        c.login_name = arena.copy(loginName)
        return c
    }
}

extension MountReply {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__mount_reply__unpack) {
            (c) throws(WireError) in
            MountReply(
                error: try PluginFailure?(c.failure),
                routes: try Arena.list(c.n_routes, c.routes, RouteDeclaration.init),
                unauthenticatedPaths: try Arena.texts(
                    c.n_unauthenticated_paths, c.unauthenticated_paths, "path"),
                sudoPaths: try Arena.texts(c.n_sudo_paths, c.sudo_paths, "path"),
                initialises: c.initialises != 0, wantsInvalidations: c.wants_invalidations != 0)
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__MountReply(), coffer__plugin__mount_reply__init)
            c.failure = error.build(arena)
            (c.n_routes, c.routes) = arena.messages(routes) { $0.build(arena) }
            (c.n_unauthenticated_paths, c.unauthenticated_paths) = arena.copies(
                unauthenticatedPaths, arena.copy)
            (c.n_sudo_paths, c.sudo_paths) = arena.copies(sudoPaths, arena.copy)
            c.initialises = initialises ? 1 : 0
            c.wants_invalidations = wantsInvalidations ? 1 : 0
            return writer.append(c, to: &out)
        }
    }
}

extension Unmount {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__unmount__unpack) {
            (c) throws(WireError) in
            Unmount(id: try Arena.mountID(c.id))
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__Unmount(), coffer__plugin__unmount__init)
            c.id = arena.copy(id.bytes)
            return writer.append(c, to: &out)
        }
    }
}

extension UnmountReply {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__unmount_reply__unpack) {
            (c) throws(WireError) in
            UnmountReply(error: try PluginFailure?(c.failure))
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__UnmountReply(), coffer__plugin__unmount_reply__init)
            c.failure = error.build(arena)
            return writer.append(c, to: &out)
        }
    }
}
