// What is kept of a caller is written for that caller only, and as it would be written anew.

import Clock
import Cryptography
import Testing

@testable import Audit

@Suite struct KnownCallerTests {
    private static let name = EntryTokenName(words: (1, 2, 3, 4))

    private func subject(
        _ change: (inout EntryAuth) -> Void = { _ in },
        request: (inout EntryRequest) -> Void = { _ in }
    ) -> AuditSubject {
        let sample = Sample.subject()
        var auth = sample.auth
        auth.tokenName = Self.name
        change(&auth)
        var entry = sample.request
        entry.clientToken = auth.clientToken
        entry.clientTokenAccessor = auth.accessor
        request(&entry)
        return AuditSubject(lane: 0, request: entry, auth: auth)
    }

    private func formatter(_ format: LineFormat = LineFormat()) -> LineFormatter {
        LineFormatter(deviceID: 1, format: format, salt: Sample.salt)
    }

    private func line(_ subject: AuditSubject, _ formatter: LineFormatter) -> String {
        let lines = LineBuffer()
        // A subject keeps its fragment; a copy has none.
        let copy = AuditSubject(lane: 0, request: subject.request, auth: subject.auth)
        formatter.appendRequest(copy, error: nil, at: Sample.time, to: lines)
        return String(decoding: lines.bytes, as: UTF8.self)
    }

    /// One change for each field of `EntryAuth`.
    private static let changes: [@Sendable (inout EntryAuth) -> Void] = [
        {
            $0.clientToken = SecretBytes(utf8: "hvs.another")
            $0.tokenName = EntryTokenName(words: (257, 2, 3, 4))
        },
        { $0.tokenName = EntryTokenName(words: (1, 2, 3, 5)) },
        { $0.accessor = "another" },
        { $0.displayName = "another" },
        { $0.policies = ["another"] },
        { $0.tokenPolicies = ["another"] },
        { $0.identityPolicies = ["another"] },
        { $0.excludesDefaultPolicy = true },
        { $0.isAllowed = false },
        { $0.grantingPolicies = ["another"] },
        { $0.policyNamespaceID = "another" },
        { $0.policyNamespacePath = "another/" },
        { $0.metadata = [(name: "app", value: "shop"), (name: "zone", value: "c")] },
        { $0.numberOfUses = 7 },
        { $0.remainingUses = 7 },
        { $0.entityID = "another" },
        { $0.tokenType = "batch" },
        { $0.tokenTTLSeconds = 7 },
        { $0.tokenIssuedAt = Timestamp(seconds: 7) },
    ]

    @Test("every field of a caller has its place in these tests")
    func complete() {
        #expect(Mirror(reflecting: EntryAuth()).children.count == Self.changes.count)
    }

    @Test("a line of a known caller is the line of an unknown one")
    func same() {
        let formatter = formatter()
        let first = line(subject(), formatter)
        #expect(first == Sample.requestLine())
        #expect(line(subject(), formatter) == first)
    }

    @Test("whatever changes of a caller is in the next line", arguments: changes.indices)
    func changed(_ index: Int) {
        let formatter = formatter()
        _ = line(subject(), formatter)
        let changed = subject(Self.changes[index])
        #expect(line(changed, formatter) == line(changed, self.formatter()))
        let mutated = subject(Self.changes[index])
        #expect(line(mutated, formatter) == line(mutated, self.formatter()), "kept by now")
        #expect(line(subject(), formatter) == Sample.requestLine())
    }

    @Test("two tokens that share a place are never taken for each other")
    func collision() {
        let formatter = formatter()
        let other = subject { auth in
            auth.clientToken = SecretBytes(utf8: "hvs.other")
            auth.tokenName = EntryTokenName(words: (1 + UInt64(AuditLimits.knownCallers), 2, 3, 4))
        }
        for _ in 0..<2 {
            #expect(line(subject(), formatter).contains(Sample.hash(Sample.token)))
            let line = line(other, formatter)
            #expect(line.contains(Sample.hash("hvs.other")))
            #expect(!line.contains(Sample.hash(Sample.token)))
        }
    }

    @Test("a request that names another token or accessor than its caller shows that one")
    func otherToken() {
        let formatter = formatter()
        _ = line(subject(), formatter)
        let token = subject(request: { $0.clientToken = SecretBytes(utf8: "hvs.other") })
        #expect(line(token, formatter).contains(Sample.hash("hvs.other")))
        let accessor = subject(request: { $0.clientTokenAccessor = "other-accessor" })
        #expect(line(accessor, formatter).contains(Sample.hash("other-accessor")))
        #expect(line(subject(), formatter) == Sample.requestLine())
    }

    @Test("a device that logs raw keeps nobody; one that shows accessors keeps them as shown")
    func formats() {
        var raw = LineFormat()
        raw.isRaw = true
        var callers = KnownCallers(raw)
        callers.keep([1], [2], of: subject())
        let keptRaw = callers.find(subject())
        #expect(keptRaw == nil)
        var callersOfOther = KnownCallers(LineFormat())
        callersOfOther.keep([1], [2], of: subject())
        let kept = callersOfOther.find(subject())
        #expect(kept != nil)

        var plain = LineFormat()
        plain.hashesAccessors = false
        let formatter = formatter(plain)
        for _ in 0..<2 {
            #expect(line(subject(), formatter) == Sample.requestLine(format: plain))
        }
    }
}
