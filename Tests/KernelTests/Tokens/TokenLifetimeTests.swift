import Testing

@testable import Kernel

@Suite struct TokenLifetimeTests {
    private let mount = MountLifetimes(defaultTTL: 100, maxTTL: 1000)

    private func grant(
        asked: Int64 = 0, usual: Int64 = 0, period: Int64 = 0, maximum: Int64 = 0,
        explicitMaximum: Int64 = 0, start: Int64 = 0, now: Int64 = 0
    ) throws -> TokenLifetime.Grant {
        try TokenLifetime(
            asked: asked, usual: usual, period: period, maximum: maximum,
            explicitMaximum: explicitMaximum, mount: mount
        ).grant(start: start, now: now)
    }

    @Test("the wish counts first, then what is usual, then the mount's default")
    func order() throws {
        #expect(try grant(asked: 7, usual: 8).seconds == 7)
        #expect(try grant(usual: 8).seconds == 8)
        #expect(try grant().seconds == 100)
    }

    @Test("each of the three maxima clamps, with a warning")
    func maxima() throws {
        #expect(try grant(asked: 5000).seconds == 1000)
        #expect(try grant(asked: 5000, maximum: 50).seconds == 50)
        #expect(try grant(asked: 5000, maximum: 50, explicitMaximum: 20).seconds == 20)
        #expect(try grant(asked: .max).warnings.count == 1)
        #expect(try grant(asked: 1000).warnings.isEmpty)
        #expect(try grant(asked: 5000, maximum: 9999).seconds == 1000)
    }

    @Test("the maximum counts from birth, so renewals add up to no more")
    func sinceBirth() throws {
        #expect(try grant(asked: 500, now: 900).seconds == 100)
        #expect(try grant(asked: 500, explicitMaximum: 950, now: 900).seconds == 50)
        #expect(throws: BackendFailure.self) { try grant(asked: 500, now: 1000) }
        #expect(throws: BackendFailure.self) { try grant(asked: 500, now: .max) }
    }

    @Test("a periodic token has no end but its explicit maximum, and no period beyond the mount's")
    func periodic() throws {
        #expect(try grant(asked: 5, period: 60, now: 100_000).seconds == 60)
        #expect(try grant(period: 60, explicitMaximum: 100, now: 70).seconds == 30)
        #expect(throws: BackendFailure.self) {
            try grant(period: 60, explicitMaximum: 100, now: 100)
        }
        let capped = try grant(period: 5000)
        #expect(capped.seconds == 1000)
        #expect(capped.warnings.first?.hasPrefix("Period of") == true)
    }

    @Test("a clock that was set back makes no life longer than the maximum")
    func clockSetBack() throws {
        #expect(try grant(asked: 5000, start: 1_000_000, now: 0).seconds == 1000)
        #expect(try grant(asked: .max, start: .max, now: .min).seconds == 1000)
    }
}
