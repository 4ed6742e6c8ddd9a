// Storage calls and their replies.

import CMessages
import CProtobufC

extension StorageRequest {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__storage__unpack) {
            (c) throws(WireError) in
            StorageRequest(
                mount: try Arena.mountID(c.mount), parentCall: c.parent_call,
                action: try StorageAction(c))
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__Storage(), coffer__plugin__storage__init)
            c.mount = arena.copy(mount.bytes)
            c.parent_call = parentCall
            switch action {
            case .get(let keys):
                var get = Arena.new(
                    Coffer__Plugin__StorageGet(), coffer__plugin__storage_get__init)
                (get.n_keys, get.keys) = arena.copies(keys, arena.copy)
                c.action_case = COFFER__PLUGIN__STORAGE__ACTION_GET
                c.get = arena.message(get)
            case .list(let prefix, let after, let limit):
                var list = Arena.new(
                    Coffer__Plugin__StorageList(), coffer__plugin__storage_list__init)
                list.prefix = arena.copy(prefix)
                list.after = arena.copy(after)
                list.limit = limit
                c.action_case = COFFER__PLUGIN__STORAGE__ACTION_LIST
                c.list = arena.message(list)
            case .commit(let commit):
                c.action_case = COFFER__PLUGIN__STORAGE__ACTION_COMMIT
                c.commit = arena.message(commit.build(arena))
            case .password(let policy):
                var password = Arena.new(
                    Coffer__Plugin__StoragePassword(), coffer__plugin__storage_password__init)
                password.policy = arena.copy(policy)
                c.action_case = COFFER__PLUGIN__STORAGE__ACTION_PASSWORD
                c.password = arena.message(password)
            case .fill(let templates):
                var fill = Arena.new(
                    Coffer__Plugin__StorageFill(), coffer__plugin__storage_fill__init)
                (fill.n_templates, fill.templates) = arena.copies(templates, arena.copy)
                c.action_case = COFFER__PLUGIN__STORAGE__ACTION_FILL
                c.fill = arena.message(fill)
            case .database(let call):
                c.action_case = COFFER__PLUGIN__STORAGE__ACTION_DATABASE
                c.database = arena.message(call.build(arena))
            }
            return writer.append(c, to: &out)
        }
    }
}

extension StorageAction {
    init(_ c: Coffer__Plugin__Storage) throws(WireError) {
        switch c.action_case {
        case COFFER__PLUGIN__STORAGE__ACTION_GET:
            guard let get = Arena.read(c.get), get.n_keys <= WireLimits.maxKeysPerGet else {
                throw WireError(.invalidValue, "too many keys in a get")
            }
            self = .get(try Arena.list(get.n_keys, get.keys, Arena.bytes))
        case COFFER__PLUGIN__STORAGE__ACTION_LIST:
            guard let list = Arena.read(c.list), list.limit <= UInt32(WireLimits.maxListPage)
            else {
                throw WireError(.invalidValue, "a list page is too large")
            }
            self = .list(
                prefix: Arena.bytes(list.prefix), after: Arena.bytes(list.after),
                limit: list.limit)
        case COFFER__PLUGIN__STORAGE__ACTION_COMMIT:
            guard let commit = Arena.read(c.commit) else {
                throw WireError(.malformedMessage, "a storage call without an action")
            }
            self = .commit(try StorageCommit(commit))
        case COFFER__PLUGIN__STORAGE__ACTION_PASSWORD:
            guard let password = Arena.read(c.password) else {
                throw WireError(.malformedMessage, "a storage call without an action")
            }
            self = .password(policy: try Arena.text(password.policy, "password policy"))
        case COFFER__PLUGIN__STORAGE__ACTION_FILL:
            guard let fill = Arena.read(c.fill),
                fill.n_templates <= WireLimits.maxTemplatesPerFill
            else { throw WireError(.invalidValue, "too many templates in a fill") }
            self = .fill(try Arena.texts(fill.n_templates, fill.templates, "template"))
        case COFFER__PLUGIN__STORAGE__ACTION_DATABASE:
            guard let call = Arena.read(c.database) else {
                throw WireError(.malformedMessage, "a storage call without an action")
            }
            self = .database(try DatabaseCall(call))
        default:
            throw WireError(.malformedMessage, "a storage call without an action")
        }
    }
}

extension StorageCommit {
    init(_ c: Coffer__Plugin__StorageCommit) throws(WireError) {
        guard c.n_preconditions <= WireLimits.maxChangesPerCommit,
            c.n_puts <= WireLimits.maxChangesPerCommit,
            c.n_deletes <= WireLimits.maxChangesPerCommit
        else { throw WireError(.invalidValue, "too many changes in a commit") }
        guard c.intent.len <= WireLimits.maxIntentBytes else {
            throw WireError(.invalidValue, "an intent is too large")
        }
        self.init(
            preconditions: try Arena.list(c.n_preconditions, c.preconditions) { item in
                StoragePrecondition(key: Arena.bytes(item.key), revision: item.revision)
            },
            puts: try Arena.list(c.n_puts, c.puts) { item in
                StoragePut(key: Arena.bytes(item.key), value: Arena.bytes(item.value))
            },
            deletes: try Arena.list(c.n_deletes, c.deletes, Arena.bytes),
            intent: Arena.bytes(c.intent))
    }

    func build(_ arena: Arena) -> Coffer__Plugin__StorageCommit {
        var c = Arena.new(Coffer__Plugin__StorageCommit(), coffer__plugin__storage_commit__init)
        (c.n_preconditions, c.preconditions) = arena.messages(preconditions) { item in
            var c = Arena.new(Coffer__Plugin__Precondition(), coffer__plugin__precondition__init)
            c.key = arena.copy(item.key)
            c.revision = item.revision
            return c
        }
        (c.n_puts, c.puts) = arena.messages(puts) { item in
            var c = Arena.new(Coffer__Plugin__Put(), coffer__plugin__put__init)
            c.key = arena.copy(item.key)
            c.value = arena.copy(item.value)
            return c
        }
        (c.n_deletes, c.deletes) = arena.copies(deletes, arena.copy)
        c.intent = arena.copy(intent)
        return c
    }
}

extension StorageReply {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__storage_reply__unpack) {
            (c) throws(WireError) in
            if let reply = try StorageReply(c) { return reply }
            throw WireError(.malformedMessage, "a storage reply without a result")
        }
    }

    private init?(_ c: Coffer__Plugin__StorageReply) throws(WireError) {
        switch c.result_case {
        case COFFER__PLUGIN__STORAGE_REPLY__RESULT_ENTRIES:
            guard let entries = Arena.read(c.entries) else { return nil }
            self = .entries(
                try Arena.list(entries.n_entries, entries.entries, StorageEntry.init))
        case COFFER__PLUGIN__STORAGE_REPLY__RESULT_NAMES:
            guard let names = Arena.read(c.names) else { return nil }
            self = .names(
                try Arena.list(names.n_names, names.names, Arena.bytes), more: names.more != 0)
        case COFFER__PLUGIN__STORAGE_REPLY__RESULT_COMMITTED:
            guard let committed = Arena.read(c.committed) else { return nil }
            self = .committed(revision: committed.revision)
        case COFFER__PLUGIN__STORAGE_REPLY__RESULT_CONFLICT:
            guard let conflict = Arena.read(c.conflict) else { return nil }
            self = .conflict(key: Arena.bytes(conflict.key))
        case COFFER__PLUGIN__STORAGE_REPLY__RESULT_PASSWORD:
            guard let password = Arena.read(c.password) else { return nil }
            self = .password(try Arena.text(password.password, "password"))
        case COFFER__PLUGIN__STORAGE_REPLY__RESULT_FILLED:
            guard let filled = Arena.read(c.filled) else { return nil }
            self = .filled(
                try Arena.list(filled.n_templates, filled.templates) {
                    (item) throws(WireError) in
                    item.known != 0 ? try Arena.text(item.text, "filled template") : nil
                })
        case COFFER__PLUGIN__STORAGE_REPLY__RESULT_DATABASE:
            guard let answer = Arena.read(c.database) else { return nil }
            self = .database(try DatabaseAnswer(answer))
        case COFFER__PLUGIN__STORAGE_REPLY__RESULT_FAILURE:
            guard let failure = Arena.read(c.failure) else { return nil }
            self = .failure(try PluginFailure(failure))
        default:
            return nil
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(
                Coffer__Plugin__StorageReply(), coffer__plugin__storage_reply__init)
            switch self {
            case .entries(let entries):
                var list = Arena.new(Coffer__Plugin__Entries(), coffer__plugin__entries__init)
                (list.n_entries, list.entries) = arena.messages(entries) { $0.build(arena) }
                c.result_case = COFFER__PLUGIN__STORAGE_REPLY__RESULT_ENTRIES
                c.entries = arena.message(list)
            case .names(let names, let more):
                var list = Arena.new(Coffer__Plugin__Names(), coffer__plugin__names__init)
                (list.n_names, list.names) = arena.copies(names, arena.copy)
                list.more = more ? 1 : 0
                c.result_case = COFFER__PLUGIN__STORAGE_REPLY__RESULT_NAMES
                c.names = arena.message(list)
            case .committed(let revision):
                var done = Arena.new(Coffer__Plugin__Committed(), coffer__plugin__committed__init)
                done.revision = revision
                c.result_case = COFFER__PLUGIN__STORAGE_REPLY__RESULT_COMMITTED
                c.committed = arena.message(done)
            case .conflict(let key):
                var conflict = Arena.new(
                    Coffer__Plugin__Conflict(), coffer__plugin__conflict__init)
                conflict.key = arena.copy(key)
                c.result_case = COFFER__PLUGIN__STORAGE_REPLY__RESULT_CONFLICT
                c.conflict = arena.message(conflict)
            case .password(let text):
                var password = Arena.new(
                    Coffer__Plugin__Password(), coffer__plugin__password__init)
                password.password = arena.copy(text)
                c.result_case = COFFER__PLUGIN__STORAGE_REPLY__RESULT_PASSWORD
                c.password = arena.message(password)
            case .filled(let texts):
                var filled = Arena.new(Coffer__Plugin__Filled(), coffer__plugin__filled__init)
                (filled.n_templates, filled.templates) = arena.messages(texts) { text in
                    var c = Arena.new(
                        Coffer__Plugin__FilledTemplate(), coffer__plugin__filled_template__init)
                    c.known = text == nil ? 0 : 1
                    c.text = arena.copy(text ?? "")
                    return c
                }
                c.result_case = COFFER__PLUGIN__STORAGE_REPLY__RESULT_FILLED
                c.filled = arena.message(filled)
            case .database(let answer):
                c.result_case = COFFER__PLUGIN__STORAGE_REPLY__RESULT_DATABASE
                c.database = arena.message(answer.build(arena))
            case .failure(let failure):
                c.result_case = COFFER__PLUGIN__STORAGE_REPLY__RESULT_FAILURE
                c.failure = arena.message(failure.build(arena))
            }
            return writer.append(c, to: &out)
        }
    }
}
