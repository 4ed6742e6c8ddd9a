// `coffer lease lookup`.

import JSON

extension Command {
    static let leaseLookup = Command(
        "lease lookup", "Lookup the lease of a secret", usage: "[options] ID",
        about: "Shows when a lease was issued, when it ends, and whether it can be renewed.",
        examples: [
            Example("Look at a lease:", "coffer lease lookup database/creds/readonly/2f6a614c...")
        ],
        families: [.http, .format, .field], takes: .exactly(1)
    ) { call in
        let id = call.arguments[0].trimmed
        let client = try call.client()
        let secret = try await call.during("error looking up lease id \(id)") {
            try await client.send(.put("sys/leases/lookup", ["lease_id": .string(id)]))
        }
        guard let secret else {
            throw CommandError.server("error looking up lease id \(id): empty answer")
        }
        try call.output.secret(secret)
        return .success
    }
}
