import Testing

@testable import Kernel

private let second: UInt64 = 1_000_000_000

@Suite struct RateLimitTests {
    private func refusals(
        _ shape: BucketShape, at times: [UInt64], bucket: inout TokenBucket
    ) -> [Bool] {
        times.map { time in
            if case .refused = bucket.take(shape, now: time) { true } else { false }
        }
    }

    @Test("a client may use its rate at once and then one request each part of the interval")
    func burstThenSteady() {
        let shape = BucketShape(rate: 5, intervalSeconds: 1, blockSeconds: 0)
        var bucket = TokenBucket()
        let start = 100 * second
        #expect(
            refusals(shape, at: Array(repeating: start, count: 6), bucket: &bucket)
                == [false, false, false, false, false, true])
        // A fifth of a second later there is one again, and only one.
        #expect(
            refusals(shape, at: [start + second / 5, start + second / 5], bucket: &bucket)
                == [false, true])
        #expect(
            refusals(
                shape, at: Array(repeating: start + 10 * second, count: 6), bucket: &bucket)
                == [false, false, false, false, false, true])
    }

    @Test("never more than rate and burst pass in any interval, however requests are timed")
    func neverMore() {
        let shape = BucketShape(rate: 10, intervalSeconds: 1, blockSeconds: 0)
        var bucket = TokenBucket()
        var allowed: [UInt64] = []
        var generator = SystemRandomNumberGenerator()
        var now = 5 * second
        for _ in 0..<5_000 {
            now += UInt64.random(in: 0...second / 20, using: &generator)
            if case .allowed = bucket.take(shape, now: now) { allowed.append(now) }
        }
        for (index, time) in allowed.enumerated() {
            let inWindow = allowed[index...].prefix { $0 < time + second }.count
            #expect(inWindow <= 20)
        }
    }

    @Test("whoever waits as long as it is told is let in")
    func waitIsEnough() {
        for rate in [0.5, 1, 3.7, 250] {
            let shape = BucketShape(rate: rate, intervalSeconds: 2, blockSeconds: 0)
            var bucket = TokenBucket()
            var now = 7 * second
            var wait: UInt64 = 0
            while wait == 0 {
                if case .refused(let told) = bucket.take(shape, now: now) { wait = told }
            }
            now += wait
            let verdict = bucket.take(shape, now: now)
            if case .refused = verdict { Issue.record("refused after waiting, rate \(rate)") }
        }
    }

    @Test("what remains is counted down")
    func remaining() {
        let shape = BucketShape(rate: 3, intervalSeconds: 3, blockSeconds: 0)
        var bucket = TokenBucket()
        #expect(
            bucket.take(shape, now: second) == .allowed(remaining: 2, fullInNanoseconds: second))
        #expect(
            bucket.take(shape, now: second)
                == .allowed(remaining: 1, fullInNanoseconds: 2 * second))
        #expect(
            bucket.take(shape, now: second)
                == .allowed(remaining: 0, fullInNanoseconds: 3 * second))
        #expect(bucket.take(shape, now: second) == .refused(waitNanoseconds: second))
    }

    @Test("a blocked client gets nothing until the block has passed")
    func block() {
        let shape = BucketShape(rate: 1, intervalSeconds: 1, blockSeconds: 60)
        var bucket = TokenBucket()
        let start = second
        #expect(
            refusals(
                shape,
                at: [
                    start, start, start + 30 * second, start + 59 * second, start + 60 * second,
                ], bucket: &bucket) == [false, true, true, true, false])
    }

    @Test(
        "extreme settings do not trap",
        arguments: [1e-300, 1e-9, 0.1, 1e9, 1e300] as [Double])
    func extremes(_ rate: Double) {
        let shape = BucketShape(rate: rate, intervalSeconds: .max / 2, blockSeconds: .max / 2)
        var bucket = TokenBucket()
        _ = bucket.take(shape, now: .max / 4)
        _ = bucket.take(shape, now: .max / 4)
        let short = BucketShape(rate: rate, intervalSeconds: 0, blockSeconds: -1)
        _ = bucket.take(short, now: 1)
    }

    @Test("addresses of one site count as one client, those of others do not")
    func clients() {
        #expect(ClientAddress("2001:db8:0:1::1") == ClientAddress("2001:db8:0:1:ffff::9"))
        #expect(ClientAddress("2001:db8:0:1::1") != ClientAddress("2001:db8:0:2::1"))
        #expect(ClientAddress("192.0.2.1") == ClientAddress("::ffff:192.0.2.1"))
        #expect(ClientAddress("192.0.2.1") != ClientAddress("192.0.2.2"))
        #expect(ClientAddress("fe80::1%eth0") == ClientAddress("fe80::1"))
        #expect(ClientAddress("::") != ClientAddress("0.0.0.0"))
        #expect(ClientAddress("") == ClientAddress(""))
    }

    @Test("a flood of addresses takes no more memory than is set aside")
    func bounded() {
        let buckets = ClientBuckets(maxBuckets: 640)
        let shape = BucketShape(rate: 1, intervalSeconds: 3600, blockSeconds: 0)
        for number in 0..<20_000 {
            let key = ClientBuckets.Key(
                quota: 1, client: ClientAddress("2001:db8:\(String(number, radix: 16))::1"))
            _ = buckets.take(key, shape, now: UInt64(number + 1) * 1000)
        }
        #expect(buckets.count <= 640)
    }

    @Test("buckets that are full again make room first")
    func idleGoFirst() {
        let buckets = ClientBuckets(maxBuckets: 64)
        let shape = BucketShape(rate: 1, intervalSeconds: 10, blockSeconds: 0)
        for number in 0..<256 {
            let key = ClientBuckets.Key(quota: 1, client: ClientAddress("192.0.2.\(number)"))
            _ = buckets.take(key, shape, now: second)
        }
        let later = 100 * second
        let new = ClientBuckets.Key(quota: 1, client: ClientAddress("198.51.100.1"))
        #expect(
            buckets.take(new, shape, now: later)
                == .allowed(
                    remaining: 0, fullInNanoseconds: 10 * second))
        if case .allowed = buckets.take(new, shape, now: later) { Issue.record("forgotten") }
    }

    @Test("the most specific quota counts")
    func specific() {
        let table = ScopeTable<String>([
            (.global, "all"), (.mount("secret/"), "mount"), (.path("secret/data/a"), "path"),
            (.prefix("secret/data/team/"), "team"), (.prefix("secret/data/team/x"), "longer"),
        ])
        #expect(table["sys/mounts"] == "all")
        #expect(table["secret/data/b"] == "mount")
        #expect(table["secret"] == "mount")
        #expect(table["secret/data/a"] == "path")
        #expect(table["secret/data/a/"] == "path")
        #expect(table["secret/data/a/b"] == "mount")
        #expect(table["secret/data/team/b"] == "team")
        #expect(table["secret/data/team/xy"] == "longer")
        #expect(table["secrets/data"] == "all")
    }
}
