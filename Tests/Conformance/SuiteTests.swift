// The suite itself: it finds what is wrong, says where that is written, and never hangs.

import Glibc
import Testing
import Wire

@testable import Conformance

@Suite(.blocking) struct SuiteTests {
    /// The test plugin in one of its bad moods.
    private func plugin(_ mood: String) throws -> Subject {
        let folder = try #require(TestedPlugins.productsFolder())
        return Subject(file: folder + "TestPlugin", name: mood, patienceSeconds: 1)
    }

    private func results(_ subject: Subject, _ cases: [Case] = Suite.cases) -> [CaseResult] {
        var told: [String] = []
        let results = Suite.results(of: cases, on: subject, threads: 2) {
            told.append($0.test.name)
        }
        #expect(told == results.map(\.test.name))
        return results
    }

    @Test(
        "a program that does not greet is given up after the first case",
        arguments: ["coffer-plugin-mute", "coffer-plugin-exits", "coffer-plugin-babbles"])
    func noGreeting(_ mood: String) throws {
        let subject = try plugin(mood)
        let results = results(subject)
        #expect(results.map(\.passed) == [false])
        #expect(PluginIdentity(of: subject) == nil)
    }

    @Test("a file that cannot be started is a finding, and a problem before that")
    func noProgram() throws {
        let absent = Subject(file: "/nonexistent/plugin")
        #expect(absent.problem != nil)
        #expect(results(absent).map(\.passed) == [false])
        #expect(Subject(file: "/").problem != nil)
        #expect(Subject(file: "/etc/passwd").problem != nil)
        #expect(try plugin("coffer-plugin-test").problem == nil)
    }

    @Test("a plugin that heeds no signal and stays after its lanes is found out and ended")
    func stubborn() throws {
        let cases = Suite.cases.filter { [.end, .process].contains($0.group) }
        let results = results(try plugin("coffer-plugin-stubborn"), cases)
        #expect(results.count == cases.count)
        let failed = Set(results.filter { !$0.passed }.map(\.test.name))
        #expect(failed.contains { $0.contains("SIGTERM") })
        #expect(failed.contains { $0.contains("the end of all ends the process") })
        #expect(failed.contains { $0.contains("drain finishes") })
    }

    @Test("a refused mount fails what needs one, with the plugin's own words")
    func refusedMount() throws {
        var subject = try plugin("coffer-plugin-test")
        subject.options = ["refuse": "yes"]
        for result in results(subject, Suite.cases.filter { $0.group == .storage }) {
            #expect(result.findings.contains { $0.what.contains("the option refuse is refused") })
        }
    }

    @Test("a secret that comes with a lease is seen, renewed and revoked")
    func leases() throws {
        var template = Array("/tmp/coffer-conformance-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer {
            for name in TestedPlugins.names(in: folder) { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        var subject = try plugin("coffer-plugin-test")
        subject.options = ["folder": folder]
        let cases = Suite.cases.filter { $0.group == .leases }
        #expect(results(subject, cases).allSatisfy { $0.findings.isEmpty })
        // Credentials are files there, and all were taken back.
        #expect(TestedPlugins.names(in: folder).allSatisfy { $0.hasPrefix(".") })
        let mount = try TriedMount(subject, Findings(.leases))
        #expect(try !Case.grants(mount).isEmpty)
    }

    @Test("an engine that keeps entries in memory is seen to read them again")
    func entriesInMemory() throws {
        var subject = try plugin("coffer-plugin-test")
        subject.options = ["remember": "yes"]
        let cases = Suite.cases.filter { $0.group == .invalidations }
        #expect(!cases.isEmpty && results(subject, cases).allSatisfy(\.passed))
        // The same engine would be found out if it did not: it does answer from memory.
        let mount = try TriedMount(subject, Findings(.entriesInMemory))
        let read = try #require(mount.requests.first { $0.name.contains("read remembered") })
        let write = try #require(mount.requests.first { $0.name.contains("update data") })
        _ = try mount.conversation.respond(write.request(.tried, data: write.markedData))
        var calls: [Int] = []
        for _ in 0..<2 {
            let call = mount.conversation.call(.request(read.request(.tried)))
            _ = try mount.conversation.response(to: call)
            calls.append(mount.conversation.desk.storageCalls(of: call))
        }
        #expect(calls == [1, 0])
    }

    @Test("every paragraph that a finding can name stands in PROTOCOL.md")
    func paragraphs() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let path = root.joined(separator: "/") + "/Sources/PluginProtocol/PROTOCOL.md"
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        for paragraph in Paragraph.allCases {
            let name = paragraph.rawValue
            #expect(text.contains("## \(name)\n") || text.contains("**\(name).**"), "\(name)")
        }
    }

    @Test("no sentence stands for two cases")
    func names() {
        #expect(Set(Suite.cases.map(\.name)).count == Suite.cases.count)
    }
}
