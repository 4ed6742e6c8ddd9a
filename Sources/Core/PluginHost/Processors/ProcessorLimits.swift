// What a plugin may take of the processors while others need them, in nanoseconds.
// `ProcessorLedgerTests` asserts how these relate.

enum ProcessorLimits {
    /// The engines that come with the server are trusted with answers that take long, such as a
    /// password's hash or some large keys at once; of a registered one nobody knows whether its
    /// answers are what it needs the time for.
    static let builtIn = Trust(paidForAnswer: 200_000_000, debtToHold: 20_000_000_000)
    static let registered = Trust(paidForAnswer: 2_000_000, debtToHold: 300_000_000)
    /// What time pays for: one part in this many of one processor.
    static let unpaidShare: UInt64 = 10
    /// How long one is held back; doubled each time that it comes to it again soon after.
    static let firstHoldNanoseconds: UInt64 = 5_000_000_000
    static let longestHoldNanoseconds: UInt64 = 60_000_000_000
    /// How often accounts are looked at while somebody is busy, and while nobody is.
    static let busyLookNanoseconds: UInt64 = 50_000_000
    static let quietLookNanoseconds: UInt64 = 250_000_000
    /// One that is held back has a turn all the same, so that it gets on. They are few: to stop a
    /// process and let it go on again is work for each of its threads.
    static let turnNanoseconds: UInt64 = 5_000_000
    static let turnEveryNanoseconds: UInt64 = 1_000_000_000
    /// For how long after an answer a plugin counts as one that has clients.
    static let clientsStayNanoseconds: UInt64 = 2_000_000_000
    /// Processors are short when an event loop that could run waited for longer than one part in
    /// this many of the time.
    static let waitingShare: UInt64 = 100
    /// How often it is logged of the same plugin.
    static let logPauseNanoseconds: UInt64 = 60_000_000_000
}

/// How much of the processors a plugin is lent.
struct Trust: Sendable {
    /// What one answer to a client pays for.
    var paidForAnswer: UInt64
    /// What may be owed before a plugin is held back.
    var debtToHold: UInt64
    /// What it begins with after that: next to nothing is lent again to one that goes on as before.
    var debtAfterHold: UInt64 { debtToHold - debtToHold / 16 }
    /// No more is remembered: after some rest everyone is free again.
    var mostDebt: UInt64 { debtToHold * 2 }
}
