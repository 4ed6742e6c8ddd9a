// What is stored of a set: one entry, so that every change of it is one conditional write.

import JSON
import PluginSDK

struct AccountSet {
    struct Account {
        var password: String
        /// The request that checked it out; nil while it is free.
        var holder: String?
    }

    var ttlSeconds = 0
    /// In the order in which they were written.
    var accounts: [(name: String, account: Account)] = []

    static func key(_ name: String) -> String { "sets/" + name }

    subscript(_ name: String) -> Account? {
        get { position(name).map { accounts[$0].account } }
        set {
            let position = position(name)
            switch (position, newValue) {
            case (let position?, let account?): accounts[position].account = account
            case (let position?, nil): accounts.remove(at: position)
            case (nil, let account?): accounts.append((name, account))
            case (nil, nil): break
            }
        }
    }

    /// Names are compared byte by byte: Swift's `==` takes two spellings of "é" for one.
    private func position(_ name: String) -> Int? {
        accounts.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
    }
}

extension AccountSet {
    /// As it was stored; nil for an entry that is not there.
    init?(_ stored: [UInt8]?) throws {
        guard let stored else { return nil }
        let value = try JSONValue(parsing: stored)
        guard let seconds = value["ttl"]?.intValue, let members = value["accounts"]?.objectValue
        else { throw PluginError(.internalError, "the stored set is damaged") }
        ttlSeconds = seconds
        for (name, member) in members.members {
            let password = member["password"]?.stringValue ?? ""
            self[name] = Account(password: password, holder: member["holder"]?.stringValue)
        }
    }

    var stored: [UInt8] {
        var members = JSONObject()
        for (name, account) in accounts {
            var member: JSONObject = ["password": .string(account.password)]
            if let holder = account.holder { member["holder"] = .string(holder) }
            members[name] = .object(member)
        }
        return JSONValue.object(["ttl": .int(ttlSeconds), "accounts": .object(members)]).encoded()
    }
}
