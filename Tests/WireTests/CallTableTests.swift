import Testing
import Wire

@Suite("The table of open calls")
struct CallTableTests {
    @Test("the host opens odd ids and the plugin even ones, and none twice")
    func ids() throws {
        var host = CallTable<Int>(side: .host, maxInFlight: 10)
        var plugin = CallTable<Int>(side: .plugin, maxInFlight: 10)
        var seen: Set<UInt64> = []
        for value in 0..<1_000 {
            let odd = try host.open(value, deadline: .max)
            let even = try plugin.open(value, deadline: .max)
            #expect(odd % 2 == 1 && even % 2 == 0 && even != 0)
            #expect(seen.insert(odd).inserted && seen.insert(even).inserted)
            #expect(host.close(odd) == value)
            #expect(plugin.close(even) == value)
        }
    }

    @Test("a call ends once")
    func endsOnce() throws {
        var table = CallTable<String>(side: .host, maxInFlight: 2)
        let call = try table.open("a", deadline: 5)
        #expect(table[call] == "a")
        #expect(table.close(call) == "a")
        #expect(table.close(call) == nil)
        #expect(table[call] == nil)
        #expect(table.close(0) == nil)
        #expect(table[0] == nil)
        #expect(table.count == 0)
    }

    @Test("beyond the bound no call is opened, and a closed one makes room")
    func bound() throws {
        var table = CallTable<Int>(side: .host, maxInFlight: 3)
        let calls = try (0..<3).map { try table.open($0, deadline: .max) }
        #expect(throws: TooManyCalls.self) { try table.open(9, deadline: .max) }
        #expect(table.close(calls[1]) == 1)
        _ = try table.open(9, deadline: .max)
        #expect(throws: TooManyCalls.self) { try table.open(9, deadline: .max) }
    }

    @Test("a table for no calls opens none")
    func zero() {
        var table = CallTable<Int>(side: .plugin, maxInFlight: 0)
        #expect(throws: TooManyCalls.self) { try table.open(1, deadline: .max) }
    }

    @Test("slow calls keep their contexts while thousands pass by")
    func slowCalls() throws {
        var table = CallTable<Int>(side: .plugin, maxInFlight: 100)
        var slow: [(UInt64, Int)] = []
        for value in 0..<20_000 {
            let call = try table.open(value, deadline: .max)
            if value % 300 == 0, slow.count < 90 {
                slow.append((call, value))
            } else {
                #expect(table.close(call) == value)
            }
        }
        #expect(table.count == slow.count)
        for (call, value) in slow { #expect(table.close(call) == value) }
    }

    @Test("only calls whose time has come expire")
    func expiry() throws {
        var table = CallTable<Int>(side: .host, maxInFlight: 100)
        for value in 0..<50 { _ = try table.open(value, deadline: UInt64(100 + value)) }
        let forever = try table.open(1_000, deadline: .max)
        #expect(table.nextExpiry == 100)
        #expect(table.expire(now: 99).isEmpty)
        #expect(table.expire(now: 109).map(\.context).sorted() == Array(0..<10))
        #expect(table.nextExpiry == 110)
        #expect(table.expire(now: 109).isEmpty)
        #expect(table.expire(now: .max - 1).map(\.context).sorted() == Array(10..<50))
        #expect(table.nextExpiry == nil)
        #expect(table.close(forever) == 1_000)
    }

    @Test("a late answer is told from an answer to a call that never was")
    func wasOpened() throws {
        var table = CallTable<Int>(side: .host, maxInFlight: 10)
        let call = try table.open(1, deadline: 10)
        _ = table.expire(now: 10)
        #expect(table.close(call) == nil)
        #expect(table.wasOpened(call))
        #expect(!table.wasOpened(call + 2))
        #expect(!table.wasOpened(call + 1))
        #expect(!table.wasOpened(0))
    }

    @Test("all contexts come back at the end")
    func drainAll() throws {
        var table = CallTable<Int>(side: .host, maxInFlight: 100)
        for value in 0..<70 { _ = try table.open(value, deadline: 10) }
        #expect(table.drainAll().sorted() == Array(0..<70))
        #expect(table.count == 0)
        #expect(table.expire(now: 100).isEmpty)
    }
}
