// `check-out/:name`: a free account of a set, for as long as the lease lives.

import JSON
import Paths
import PluginSDK

let checkOutPath = Path(
    "check-out/:name", .update,
    fields: [
        .string("name", "Name of the set."),
        .duration("ttl", "How long; what the set says if it is not given."),
    ],
    reads: [AccountSet.key("{name}")],
    help: "Check an account out.", handler: checkOut)

/// The kind of secret that has an end: how the end is brought about, and whether it can be put off.
let account = LeasedSecret(
    "account", revoke: checkIn, renew: { _ in .answer(.none) })

private let checkOut: Handler = { request in
    let name = request.captures["name"] ?? ""
    let key = AccountSet.key(name)
    let wanted = try request.fields().duration("ttl")
    return .read([key]) { entries in
        guard var set = try AccountSet(entries[key]) else {
            throw PluginError(.invalidRequest, "there is no such set")
        }
        guard let (user, free) = set.accounts.first(where: { $0.account.holder == nil }) else {
            throw PluginError(.invalidRequest, "all accounts of the set are checked out")
        }
        // The same account is given to others later, so the end of this lease has to know that it
        // is this one's.
        let holder = request.requestID
        set[user]?.holder = holder
        let seconds = UInt64(clamping: wanted ?? set.ttlSeconds)
        var batch = WriteBatch()
        batch.put(key, set.stored)
        let kept: JSONValue = [
            "set": .string(name), "account": .string(user), "holder": .string(holder),
        ]
        // The intent is written with the batch. If the server dies before the lease is stored, the
        // core asks to undo it, and no account is lost.
        return .intend(account.intent(kept), writing: batch) {
            .answer(
                account.answer(
                    ["username": .string(user), "password": .string(free.password)], keeping: kept,
                    ttlSeconds: seconds))
        }
    }
}

/// The end of a lease. It may be asked for more than once, and also when the account or its set is
/// gone: all of that is success.
private let checkIn: Handler = { request in
    let kept = try JSONValue(parsing: request.internalData)
    guard let name = kept["set"]?.stringValue, let user = kept["account"]?.stringValue,
        let holder = kept["holder"]?.stringValue
    else { throw PluginError(.internalError, "the lease does not say what it was given for") }
    let key = AccountSet.key(name)
    return .read([key]) { entries in
        guard var set = try AccountSet(entries[key]), set[user]?.holder == holder else {
            return .answer(.none)
        }
        set[user]?.holder = nil
        var batch = WriteBatch()
        batch.put(key, set.stored)
        return .answer(.none, writing: batch)
    }
}
