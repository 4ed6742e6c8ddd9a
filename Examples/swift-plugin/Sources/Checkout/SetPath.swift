// `sets/:name`: what an operator does.

import JSON
import Paths
import PluginSDK

let setPath = Path(
    "sets/:name",
    [.read: readSet, .update: writeSet, .delete: deleteSet],
    fields: [
        .string("name", "Name of the set."),
        .stringMap("accounts", "For writes: the accounts and their passwords."),
        .duration("ttl", default: "1h", "For writes: how long an account is given away."),
    ],
    // The core may send this entry along with the request, which saves a round trip.
    reads: [AccountSet.key("{name}")],
    // A write is an "update" in policies if this entry is there, else a "create".
    existence: AccountSet.key("{name}"),
    help: "Write, read and delete a set of accounts.",
    description: "Passwords are written here and never read: check an account out to see its own.")

let setListPath = Path(
    // A final `/?` also matches without the slash.
    "sets/?", .list, help: "List the sets."
) { _ in listSets(after: nil, found: []) }

private let readSet: Handler = { request in
    let key = AccountSet.key(request.captures["name"] ?? "")
    return .read([key]) { entries in
        // `.none` answers 404 for a read.
        guard let set = try AccountSet(entries[key]) else { return .answer(.none) }
        var states = JSONObject()
        for (name, account) in set.accounts {
            states[name] = account.holder == nil ? "free" : "checked out"
        }
        return .answer(.data(["ttl": .int(set.ttlSeconds), "accounts": .object(states)]))
    }
}

/// Accounts that are not in the request any more go; those that somebody has may not go.
private let writeSet: Handler = { request in
    let key = AccountSet.key(request.captures["name"] ?? "")
    let fields = try request.fields()
    guard let accounts = fields.stringMap("accounts"), !accounts.isEmpty else {
        throw PluginError(.invalidRequest, "missing accounts")
    }
    return .read([key]) { entries in
        let before = try AccountSet(entries[key])
        var after = AccountSet(ttlSeconds: fields.duration("ttl") ?? 0)
        for (name, password) in accounts {
            after[name] = AccountSet.Account(password: password, holder: before?[name]?.holder)
        }
        for (name, account) in before?.accounts ?? [] where account.holder != nil {
            guard after[name] != nil else {
                throw PluginError(.invalidRequest, "an account that is checked out cannot go")
            }
        }
        var batch = WriteBatch()
        batch.put(key, after.stored)
        // Written only if the entry is still what was read; else all of this runs again.
        return .answer(.none, writing: batch)
    }
}

private let deleteSet: Handler = { request in
    let key = AccountSet.key(request.captures["name"] ?? "")
    return .read([key]) { entries in
        guard let set = try AccountSet(entries[key]) else { return .answer(.none) }
        guard set.accounts.allSatisfy({ $0.account.holder == nil }) else {
            throw PluginError(.invalidRequest, "an account of the set is checked out")
        }
        var batch = WriteBatch()
        batch.delete(key)
        return .answer(.none, writing: batch)
    }
}

private func listSets(after: String?, found: [String]) -> Outcome {
    .list(prefix: "sets/", after: after, limit: 1_000) { page in
        let names = found + page.names
        if page.more { return listSets(after: page.names.last, found: names) }
        return .answer(names.isEmpty ? .none : .data(["keys": .strings(names)]))
    }
}
