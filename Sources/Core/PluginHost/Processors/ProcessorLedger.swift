// Which plugins take more of the processors than they have earned, as a value: samples go in, who
// is to be held back comes out.

/// A plugin owes the processor time that it takes. Each answer to a client pays for some of it, and
/// so does time that passes; work that nobody asked for, and answers that take very much of it, are
/// not paid for. Who owes too much is held back, but only while processors are short and others
/// have clients: alone, or on a machine with room, everyone may take what there is.
struct ProcessorLedger<ID: Hashable> {
    struct Sample {
        var id: ID
        /// Which of its processes; their clocks begin anew.
        var process: Int32
        var processorNanoseconds: UInt64
        var answered: UInt64
        var trust: Trust
    }

    fileprivate struct Page {
        var last: Sample
        /// When it was seen to have answered a client.
        var answeredAt: UInt64?
        var debt: UInt64 = 0
        var heldUntil: UInt64?
        /// Who does it again soon after is held back longer.
        var hold = ProcessorLimits.firstHoldNanoseconds
        var releasedAt: UInt64?
    }

    private var pages: [ID: Page] = [:]
    private var lastLook: UInt64?
    /// Whether somebody took so much that the next look should come soon.
    private(set) var isBusy = false

    /// - Parameters:
    ///   - now: of a clock that only goes forward.
    ///   - areShort: whether processors are short.
    /// - Returns: who is to be held back until the next look.
    mutating func look(_ samples: [Sample], now: UInt64, areShort: Bool) -> Set<ID> {
        let elapsed = lastLook.map { now > $0 ? now - $0 : 0 } ?? 0
        lastLook = now
        enter(samples, elapsed: elapsed, now: now)
        let answering = pages.filter { $0.value.hasClients(now) }.keys
        for id in pages.keys {
            let hasOthers = answering.contains { $0 != id }
            pages[id]?.judge(now, canHarm: hasOthers, areShort: areShort)
        }
        let held = Set(pages.lazy.filter { $0.value.heldUntil != nil }.map(\.key))
        isBusy = isBusy || !held.isEmpty
        let present = Set(samples.map(\.id))
        // One that is gone is remembered for as long as it owes.
        pages = pages.filter { $0.value.debt > 0 || present.contains($0.key) }
        return held
    }

    /// Debts after `elapsed`, and who has answered a client since the last look.
    private mutating func enter(_ samples: [Sample], elapsed: UInt64, now: UInt64) {
        var seen: Set<ID> = []
        isBusy = false
        for sample in samples {
            guard seen.insert(sample.id).inserted else { continue }
            let old = pages[sample.id]
            let before = old?.last.process == sample.process ? old?.last : nil
            let used = sample.processorNanoseconds.reduced(by: before?.processorNanoseconds ?? 0)
            let answered = sample.answered.reduced(by: old?.last.answered ?? 0)
            var page = old ?? Page(last: sample)
            page.last = sample
            page.charge(used, elapsed: elapsed, answered: answered)
            if answered > 0 { page.answeredAt = now }
            pages[sample.id] = page
            if used > elapsed / 4 { isBusy = true }
        }
        for id in pages.keys where !seen.contains(id) {
            pages[id]?.charge(0, elapsed: elapsed, answered: 0)
        }
    }
}

extension ProcessorLedger.Page {
    fileprivate mutating func charge(_ used: UInt64, elapsed: UInt64, answered: UInt64) {
        // What is taken and paid while it is held back says nothing about what it would take.
        guard heldUntil == nil else { return }
        let (earned, isTooMuch) = answered.multipliedReportingOverflow(
            by: last.trust.paidForAnswer)
        let most = last.trust.mostDebt
        let paid = min(isTooMuch ? .max : earned, 2 * most) + elapsed / ProcessorLimits.unpaidShare
        debt = min((debt + min(used, 2 * most)).reduced(by: paid), most)
    }

    /// Clients ask now and then, too.
    fileprivate func hasClients(_ now: UInt64) -> Bool {
        guard let answeredAt else { return false }
        return now.reduced(by: answeredAt) < ProcessorLimits.clientsStayNanoseconds
    }

    fileprivate mutating func judge(_ now: UInt64, canHarm: Bool, areShort: Bool) {
        guard canHarm else {
            // Nobody is there to be spared.
            heldUntil = nil
            return
        }
        if let until = heldUntil {
            guard now >= until else { return }
            heldUntil = nil
            releasedAt = now
            debt = min(debt, last.trust.debtAfterHold)
        } else if debt >= last.trust.debtToHold, areShort {
            let rested = releasedAt.map { now.reduced(by: $0) } ?? .max
            hold =
                rested < ProcessorLimits.longestHoldNanoseconds
                ? min(2 * hold, ProcessorLimits.longestHoldNanoseconds)
                : ProcessorLimits.firstHoldNanoseconds
            heldUntil = now.addingReportingOverflow(hold).partialValue
        }
    }
}

extension UInt64 {
    /// The difference, or 0.
    fileprivate func reduced(by other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
