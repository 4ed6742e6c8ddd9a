import JSON
import Paths
import Testing

@testable import Transit

@Suite struct BatchTests {
    private func batch(_ items: [JSONValue], _ more: JSONValue = [:]) -> JSONValue {
        var data = more
        data["batch_input"] = .array(items)
        return data
    }

    @Test("results stand in the order of the items, with their references")
    func order() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let texts = (0..<300).map { "text \($0)" }
        let reply = transit.post(
            "encrypt/k",
            batch(
                texts.map { ["plaintext": .string(base64($0)), "reference": .string("<\($0)>")] }))
        #expect(reply.status == 200)
        #expect(reply.results.map { $0["reference"]?.stringValue } == texts.map { "<\($0)>" })
        let back = transit.post(
            "decrypt/k",
            batch(reply.results.map { ["ciphertext": $0["ciphertext"] ?? .null] }))
        #expect(back.results.map { $0["plaintext"]?.stringValue } == texts.map { base64($0) })
    }

    @Test("a failed item says why and fails the answer, unless the client chose another status")
    func partialFailure() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let items: [JSONValue] = [["plaintext": "aGk="], ["plaintext": "?"], [:]]
        let reply = transit.post("encrypt/k", batch(items))
        #expect(reply.status == 400)
        #expect(reply.results[0]["ciphertext"] != nil)
        #expect(reply.results[1]["error"] == "failed to base64-decode plaintext")
        #expect(reply.results[1]["ciphertext"] == nil)
        #expect(reply.results[2]["error"] == "missing plaintext to encrypt")
        let chosen: JSONValue = ["partial_failure_response_code": 202]
        #expect(transit.post("encrypt/k", batch(items, chosen)).status == 202)
        #expect(transit.post("encrypt/k", batch([[:]], chosen)).status == 400)
        #expect(transit.post("encrypt/k", batch([items[0]], chosen)).status == 200)
        let odd = transit.post("encrypt/k", batch(items, ["partial_failure_response_code": 9_999]))
        #expect(odd.status == 400)
        #expect(odd.warnings.count == 1)
        let opened = transit.post(
            "decrypt/k",
            batch([["ciphertext": reply.results[0]["ciphertext"] ?? .null], ["ciphertext": "x"]]))
        #expect(opened.status == 400)
        #expect(opened.results[0]["plaintext"] == "aGk=")
        #expect(opened.results[1]["error"] == "invalid ciphertext: no prefix")
    }

    @Test("what is no batch is refused as a whole")
    func malformed() throws {
        let transit = try TransitHarness()
        transit.make("k")
        for operation in ["encrypt", "decrypt", "rewrap"] {
            check(
                transit.post("\(operation)/k", batch([])), status: 400,
                error: "missing batch input to process")
            check(
                transit.post("\(operation)/k", ["batch_input": "x"]), status: 400,
                error: "failed to parse batch input: expected a list")
            check(
                transit.post("\(operation)/k", batch(["x"])), status: 400,
                error: "failed to parse batch input: an item is no object")
            let many = batch(.init(repeating: ["plaintext": ""], count: Limits.maxBatchItems + 1))
            #expect(transit.post("\(operation)/k", many).status == 400)
        }
    }

    @Test("a batch that makes its key derives it if its items have contexts")
    func upsert() throws {
        let transit = try TransitHarness()
        let reply = transit.call(
            .create, "encrypt/k",
            batch([["plaintext": "aGk=", "context": "AAAA"], ["plaintext": "aGk="]]))
        #expect(reply.status == 400)
        #expect(reply.results[0]["ciphertext"] != nil)
        let message = reply.results[1]["error"]?.stringValue ?? ""
        #expect(message.hasPrefix("missing 'context' for key derivation"))
    }
}
