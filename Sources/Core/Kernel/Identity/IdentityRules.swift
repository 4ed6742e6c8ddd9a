// What names, metadata and policies of identities may be.

internal import Cryptography
internal import Paths

enum IdentityRules {
    /// A name of an entity or group. It may hold slashes and spaces, but nothing that cannot be
    /// seen, since people tell entities by their names.
    static func check(name: String, of kind: String) throws(BackendFailure) {
        guard name.utf8.count <= KernelLimits.identityNameBytes else {
            throw refuse("\(kind) name is longer than \(KernelLimits.identityNameBytes) bytes")
        }
        guard VisibleText.isPrintable(name) else {
            throw refuse("\(kind) name contains a character that is not allowed")
        }
        guard name.unicodeScalars.first?.value != 0x20, name.unicodeScalars.last?.value != 0x20
        else { throw refuse("\(kind) name begins or ends with white space") }
    }

    /// An alias's name is the auth method's business, but not without bounds.
    static func check(aliasName: String) throws(BackendFailure) {
        guard !aliasName.isEmpty else { throw refuse("missing alias name") }
        guard aliasName.utf8.count <= KernelLimits.identityNameBytes else {
            throw refuse("alias name is longer than \(KernelLimits.identityNameBytes) bytes")
        }
        guard aliasName.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw refuse("alias name contains a character that is not allowed")
        }
    }

    static func check(_ metadata: StringPairs, of kind: String) throws(BackendFailure) {
        func tooLarge(_ what: String) -> BackendFailure {
            refuse("invalid \(kind) metadata: \(what)")
        }
        guard metadata.pairs.count <= KernelLimits.identityMetadataEntries else {
            throw tooLarge("more than \(KernelLimits.identityMetadataEntries) entries")
        }
        for (name, value) in metadata.pairs {
            guard !name.isEmpty, name.utf8.count <= KernelLimits.identityMetadataNameBytes else {
                throw tooLarge(
                    "a key must have 1 to \(KernelLimits.identityMetadataNameBytes) bytes")
            }
            guard value.utf8.count <= KernelLimits.identityMetadataValueBytes else {
                throw tooLarge(
                    "a value is longer than \(KernelLimits.identityMetadataValueBytes) bytes")
            }
        }
    }

    /// Names of policies as they are stored. Root is for tokens of root only: an entity that had it
    /// would make every login root.
    static func policies(_ names: [String]) throws(BackendFailure) -> [String] {
        var policies: Set<String> = []
        for name in names where !name.isEmpty {
            let policy: PolicyName
            do throws(PolicyError) { policy = try PolicyName(name) } catch {
                throw refuse(error.message)
            }
            if policy == .root { throw refuse("policies cannot contain root") }
            guard policy.isAssignable else {
                throw refuse("cannot assign policy \"\(policy.text)\"")
            }
            policies.insert(policy.text)
        }
        guard policies.count <= KernelLimits.policiesPerToken else {
            throw refuse("too many policies on one entity or group")
        }
        return policies.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    static func refuse(_ text: String) -> BackendFailure { BackendFailure(.invalidRequest, text) }
}
