import Clock
import JSON
import Testing

@testable import Metrics

@Suite struct InstrumentTests {
    @Test("a counter that many threads increment loses nothing")
    func counterIsExact() async {
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<10_000 { counter.increment() } }
            }
        }
        #expect(counter.value == 80_000)
    }

    @Test("a summary that many threads record into keeps number, sum and extremes")
    func summaryIsExact() async {
        let summary = Summary()
        await withTaskGroup(of: Void.self) { group in
            for task in 1...4 {
                group.addTask {
                    for _ in 0..<1000 { summary.record(nanoseconds: UInt64(task) * 1000) }
                }
            }
        }
        #expect(summary.total.count == 4000)
        #expect(summary.total.sumNanoseconds == 10_000_000)
        let extremes = summary.takeExtremes()
        #expect(extremes?.shortest == 1000 && extremes?.longest == 4000)
        #expect(summary.takeExtremes() == nil)
    }

    @Test(
        "every duration has a bucket whose middle is near it",
        arguments: [256, 300, 999, 1_000, 65_535, 65_536, 1_000_000, 90_000_000_000] as [UInt64])
    func buckets(_ nanoseconds: UInt64) {
        let middle = DurationScale.nanoseconds(DurationScale.bucket(nanoseconds))
        #expect(abs(middle - Double(nanoseconds)) / Double(nanoseconds) < 0.126)
    }

    @Test("durations beyond both ends of the scale are counted in the outer buckets")
    func outerBuckets() {
        #expect(DurationScale.bucket(0) == 0)
        #expect(DurationScale.bucket(255) == 0)
        #expect(DurationScale.bucket(.max) == DurationScale.bucketCount - 1)
        let summary = Summary()
        summary.record(nanoseconds: 0)
        summary.record(nanoseconds: .max)
        #expect(summary.total.count == 2)
    }

    @Test("buckets follow one another without a gap")
    func bucketsGrow() {
        var last = 0
        for value in stride(from: UInt64(200), to: 500_000, by: 31) {
            let bucket = DurationScale.bucket(value)
            #expect(bucket == last || bucket == last + 1)
            last = bucket
        }
    }

    @Test("quantiles are those of the distribution")
    func quantiles() throws {
        let summary = Summary()
        for millisecond in 1...100 { summary.record(nanoseconds: UInt64(millisecond) * 1_000_000) }
        let half = try #require(summary.total.quantile(0.5))
        let most = try #require(summary.total.quantile(0.99))
        #expect(abs(half - 50e6) < 7e6)
        #expect(abs(most - 99e6) < 13e6)
        #expect(Distribution().quantile(0.5) == nil)
    }
}
